"""Generation back ends behind one verb, `stream`."""
