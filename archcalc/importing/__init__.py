"""Import: a network that somebody has, in PyTorch, ONNX, Keras or Caffe, read as a spec and proven equal to it."""
