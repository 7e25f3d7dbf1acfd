"""Power Fx, as far as a checker needs it: words, tree, grammar.

By the language's own reference (MicrosoftDocs/power-platform: power-fx/expression-grammar.md, operators.md), with `,`
between arguments, `;` between steps and `.` for decimals, which is how `*.pa.yaml` is always written.
"""
