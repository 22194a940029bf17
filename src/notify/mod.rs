//! Who is told what, and in which form: routing, renderers, signatures. Pure.
