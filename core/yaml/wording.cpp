#include "yaml/wording.h"

namespace meshfn::yaml {

namespace {

constexpr Wording kWordings[] = {
    {"found character that cannot start any token", "this character cannot start a value",
     "indent with spaces instead of tabs; quote values that begin with `@`, a backquote or `%`"},
    {"mapping values are not allowed in this context", "a `key: value` cannot stand here",
     "check the indentation, or quote the value if it contains `: `"},
    {"did not find expected key", "expected a key here",
     "check that this line has the indentation of its neighbours"},
    {"could not find expected ':'", "this line has no `:` after its key",
     "write `key: value`, or check the quotes and the indentation above"},
    {"did not find expected '-' indicator", "expected `- ` here",
     "a list and a mapping cannot share one indentation"},
    {"found unexpected end of stream", "the quoted text is never closed", "add the closing quote",
     true},
    {"found unexpected document indicator", "the quoted text is never closed",
     "add the closing quote", true},
    {"did not find expected ',' or '}'", "expected `,` or `}`", "close the `{`"},
    {"did not find expected ',' or ']'", "expected `,` or `]`", "close the `[`"},
    {"did not find expected node content", "expected a value here", ""},
    {"did not find expected <document start>", "a second document begins without `---`",
     "put `---` on a line of its own between documents, or mend the indentation"},
    {"block sequence entries are not allowed in this context", "a list item cannot stand here",
     "put `- ` on a line of its own below the key"},
    {"found a tab character that violates indentation", "a tab is used for indentation",
     "indent with spaces"},
    {"found a tab character where an indentation space is expected",
     "a tab is used for indentation", "indent with spaces"},
    {"found unknown escape character", "this escape is not known in double quotes",
     "use single quotes, or double the backslash"},
};

}  // namespace

Wording reword(std::string_view problem) {
  for (const Wording& wording : kWordings) {
    if (problem.starts_with(wording.libyaml)) return wording;
  }
  return {problem, problem, ""};
}

}  // namespace meshfn::yaml
