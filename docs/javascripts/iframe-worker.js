// Browsers start no worker for a page that is opened as a file, so that a search would find nothing there. For such
// pages a frame that nobody sees runs the script of the worker instead.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super()
      this.onmessage = null
      this.waiting = []
      const frame = document.createElement("iframe")
      frame.hidden = true
      document.body.appendChild(frame)
      this.inside = frame.contentWindow
      this.inside.document.open()
      this.inside.document.write("<!doctype html><script></script>")
      this.inside.document.close()
      this.inside.postMessage = data => this.receive(data)
      const script = this.inside.document.createElement("script")
      script.src = url
      script.onload = () => {
        const waiting = this.waiting
        this.waiting = null
        waiting.forEach(data => this.postMessage(data))
      }
      this.inside.document.head.appendChild(script)
    }

    receive(data) {
      const event = new MessageEvent("message", { data })
      setTimeout(() => {
        this.dispatchEvent(event)
        this.onmessage?.(event)
      })
    }

    postMessage(data) {
      if (this.waiting) this.waiting.push(data)
      else setTimeout(() => this.inside.dispatchEvent(new this.inside.MessageEvent("message", { data })))
    }

    terminate() {
      this.inside.frameElement.remove()
    }
  }
}
