"""Training of the reader adapter: data, packs, the low-rank part and its training loop."""
