/** Which part of the graph is seen: moved with the wheel and the pointer, made larger and smaller, fitted. */

import { oncePerFrame } from "./dom.mjs";

const [SMALLEST, LARGEST] = [0.02, 4];
/** Below this scale no text can be read, and none is drawn. */
const UNREADABLE = 0.22;
const MARGIN = 12;
/** A hand that trembles while it clicks does not move the graph. */
const TREMBLING = 4;

/** @typedef {{x: number, y: number, width: number, height: number}} Area */

export class Camera {
  /**
   * @param {SVGSVGElement} picture the window
   * @param {SVGGElement} view what is seen through it
   * @param {{onMoved: () => void, onClick: (target: Element) => void}} tells
   */
  constructor(picture, view, { onMoved, onClick }) {
    this.picture = picture;
    this.view = view;
    this.onMoved = onMoved;
    this.at = { x: 0, y: 0, scale: 1 };
    /** Whether somebody has chosen what is seen; if not, it stays fitted. */
    this.isMoved = false;
    this.later = oncePerFrame(() => this.place());
    this.#listen(onClick);
  }

  #listen(onClick) {
    let drag = null;
    this.picture.addEventListener("pointerdown", ({ button, clientX, clientY }) => {
      if (!button) drag = { x: clientX, y: clientY, isMoving: false };
    });
    this.picture.addEventListener("pointermove", ({ clientX, clientY, pointerId }) => {
      if (!drag || (!drag.isMoving && Math.hypot(clientX - drag.x, clientY - drag.y) < TREMBLING)) return;
      if (!drag.isMoving) this.picture.setPointerCapture(pointerId);
      this.move(clientX - drag.x, clientY - drag.y);
      drag = { x: clientX, y: clientY, isMoving: true };
    });
    this.picture.addEventListener("pointerup", ({ target }) => {
      if (drag && !drag.isMoving) onClick(target);
      drag = null;
    });
    this.picture.addEventListener("pointercancel", () => (drag = null));
    this.picture.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
  }

  #wheel(event) {
    event.preventDefault();
    const { left, top } = this.picture.getBoundingClientRect();
    if (event.ctrlKey || event.metaKey)
      this.zoom(Math.exp(-event.deltaY * 0.01), event.clientX - left, event.clientY - top);
    else this.move(-event.deltaX, -event.deltaY);
  }

  /** See what somebody had chosen to see of an earlier graph. @param {Camera} before */
  keep(before) {
    this.at = { ...before.at };
    this.isMoved = true;
  }

  /** Move everything by so many pixels. */
  move(dx, dy) {
    this.at.x += dx;
    this.at.y += dy;
    this.isMoved = true;
    this.later();
  }

  /** Make everything larger around a place of the window, or around its middle. */
  zoom(factor, x = this.window.width / 2, y = this.window.height / 2) {
    const { at } = this;
    const scale = Math.min(LARGEST, Math.max(SMALLEST, at.scale * factor));
    this.move(((at.x - x) * scale) / at.scale + x - at.x, ((at.y - y) * scale) / at.scale + y - at.y);
    at.scale = scale;
  }

  /** As wide as there is room; what is long begins at its top. @param {number} width of the graph */
  fit(width) {
    const room = this.window;
    if (!room.width || !room.height) return;
    const scale = Math.min(1, (room.width - 2 * MARGIN) / width);
    this.at = { x: (room.width - width * scale) / 2, y: MARGIN, scale };
    this.isMoved = false;
    this.later();
  }

  /** See to it that an area is seen; at once, so that what is drawn there can get the focus. @param {Area} area */
  show(area) {
    const seen = this.seen;
    const isSeen = isWithin(area, seen);
    if (isSeen || !seen.width) return;
    const { scale } = this.at;
    this.move(
      (seen.x + seen.width / 2 - area.x - area.width / 2) * scale,
      (seen.y + seen.height / 2 - area.y - area.height / 2) * scale,
    );
    this.place();
  }

  /** The window on the screen. */
  get window() {
    return this.picture.getBoundingClientRect();
  }

  /** The part of the graph that is seen. @returns {Area} */
  get seen() {
    const { width, height } = this.window;
    const { x, y, scale } = this.at;
    return { x: -x / scale, y: -y / scale, width: width / scale, height: height / scale };
  }

  place() {
    const { x, y, scale } = this.at;
    this.view.setAttribute("transform", `translate(${x.toFixed(2)},${y.toFixed(2)}) scale(${scale})`);
    this.picture.classList.toggle("far", scale < UNREADABLE);
    this.onMoved();
  }

  /** On paper all of a graph of some size is seen, as large as the page allows; `null` ends that. */
  print(size) {
    if (!size) {
      this.picture.removeAttribute("viewBox");
      this.place();
      return;
    }
    this.picture.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    this.view.removeAttribute("transform");
    this.picture.classList.remove("far");
  }
}

/** Whether two areas meet. @param {Area} a @param {Area} b */
export const meet = (a, b) =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

/** Whether an area lies in another one. @param {Area} a @param {Area} b */
export const isWithin = (a, b) =>
  a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height;
