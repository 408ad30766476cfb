/// The fast handlers by operation and form; the tables are in `Generated/`.
enum FastTable {}
