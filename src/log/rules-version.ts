/**
 * The version of what makes a log valid, and of how it is remembered. Raise it with every change of either: what was
 * verified by other rules is verified again.
 */
export const RULES_VERSION = 10;
