"""Documents in, passages out: readers, chunker, embedder, store, hybrid search, ingestion."""
