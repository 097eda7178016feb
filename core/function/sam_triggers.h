#pragma once

// What calls a function of a SAM or CloudFormation template: HTTP events, event sources with their
// batches, asynchronous calls, and the layers that the template itself describes.

#include <string>

#include "function/cloudformation.h"
#include "function/project.h"

namespace meshfn::function {

/// Where the parts of a template are looked up.
struct TemplateContext {
  yaml::Node root;
  std::string directory;  ///< of the template
  const CloudFormation& values;
  std::vector<std::string>& notes;
};

/// A property of a function, from the resource or else from Globals, which only serverless
/// functions have.
struct FunctionProperties {
  yaml::Node own;
  yaml::Node globals;

  yaml::Node find(std::string_view name) const {
    const yaml::Node found = own.find(name);
    return found ? found : globals.find(name);
  }
};

/// Fills `function.triggers` and `function.layers`. A layer that is only named by an ARN is noted.
void read_triggers(const TemplateContext& context, const FunctionProperties& properties,
                   Function& function);

}  // namespace meshfn::function
