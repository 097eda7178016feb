#pragma once

// The template language: `<%name%>`, `<%name|snake%>`, `<%if%>…<%elif%>…<%else%>…<%end%>`,
// `<%for x in list%>…<%end%>`, `<%# a comment%>`. The delimiter is one that none of the generated
// languages uses (YAML, Jinja, GitHub's `${{ }}`, SAM's `!Sub ${}`), so no template has to escape
// anything; `<%%` gives a literal `<%`. A statement alone on its line takes the line with it.

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace meshfn::scaffold {

/// What a variable holds; lists are for `for` and `in`.
using Value = std::variant<bool, std::string, std::vector<std::string>>;

/// Variables by name. A name may hold dots: in `<%for c in clouds%>`, `c.runtime` is the variable
/// "aws.runtime" while c is "aws".
using Variables = std::map<std::string, Value, std::less<>>;

/// Changes the text of a variable: `<%name|pascal%>`.
struct Filter {
  std::string_view name;
  std::string_view summary;  ///< lower case, for `list` and error hints
  std::string (*apply)(std::string_view text);
};

/// Every filter, in alphabetical order.
std::span<const Filter> filters();

/// The words of a name in any of the usual spellings: "order-created", "order_created" and
/// "OrderCreated" are all {"order", "created"}.
std::vector<std::string> words(std::string_view name);

/// `template_text` with its tags carried out. `path` names the template in errors, which read
/// "path:line:column: …": an unknown variable or filter, a tag that is not closed, a statement
/// that does not parse (in branches that are not taken, too).
Result<std::string> render(std::string_view template_text, std::string_view path,
                           const Variables& variables);

/// Whether `condition` holds: `a == "x"`, `!=`, `"x" in list`, `not`, `and`, `or`, parentheses; a
/// bare variable holds when it is neither false nor empty. `where` starts the error message.
Result<bool> evaluate(std::string_view condition, std::string_view where,
                      const Variables& variables);

}  // namespace meshfn::scaffold
