//! Words and rules: types of the vocabulary, the rule book, the decision
