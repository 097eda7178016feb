#include "schema/cel/program.h"

#include "schema/cel/parser.h"

namespace meshfn::schema::cel {

Program::Program(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Program::~Program() = default;

bool Program::uses_old_self() const { return parts_->uses_old_self; }

Result<std::unique_ptr<const Program>> compile(std::string_view expression, const Type& self) {
  auto parts = parse(expression);
  if (!parts) return tl::unexpected(parts.error());
  if (auto checked = check_fields(**parts, self); !checked) return tl::unexpected(checked.error());
  return std::make_unique<const Program>(std::move(*parts));
}

}  // namespace meshfn::schema::cel
