#pragma once

// AWS SAM and CloudFormation templates, as far as they describe functions.

#include <string>

#include "base/files.h"
#include "base/result.h"
#include "function/project.h"

namespace meshfn::function {

/// The functions of a template: `AWS::Serverless::Function` (with Globals) and
/// `AWS::Lambda::Function`. Parameters take their defaults; intrinsic functions are evaluated as
/// function/cloudformation.h says, and what is not is named in the notes.
Result<Project> read_sam(const Files& files, const std::string& path, const std::string& region);

}  // namespace meshfn::function
