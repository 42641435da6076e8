"""A tagger with an LSTM, in PyTorch: its paper describes it, and no library has it."""

from __future__ import annotations

from torch import Tensor, nn


class Tagger(nn.Module):
    """Scores of tags for every word of a sentence, in a batch of sentences."""

    def __init__(
        self,
        words: int = 20000,
        width: int = 100,
        hidden: int = 100,
        tags: int = 17,
        layers: int = 1,
        both: bool = False,
    ) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(words, width)
        self.lstm = nn.LSTM(width, hidden, layers, bidirectional=both)
        self.hidden2tag = nn.Linear(2 * hidden if both else hidden, tags)

    def forward(self, sentences: Tensor) -> Tensor:
        states, _ = self.lstm(self.word_embeddings(sentences.T))
        return self.hidden2tag(states).transpose(0, 1)
