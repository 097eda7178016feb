#pragma once

// First-generation Google events ("background events") and CloudEvents, one into the other, as
// the Functions Frameworks convert them: one table of types, and what is special to a product.

#include <string>
#include <string_view>

#include "base/result.h"

namespace meshfn::function {

/// The CloudEvent (structured mode, JSON text) of a legacy event. Takes `{context, data}`, the flat
/// form with `eventId` beside `data`, and the body of a Pub/Sub push, whose topic
/// ("projects/P/topics/T") is `topic` because the body does not say it. Errors: not JSON, an
/// unknown event type (with a suggestion), a resource that does not fit, a missing `domain`. What
/// is a CloudEvent already stays as it is.
Result<std::string> to_cloud_event(std::string_view legacy, std::string_view topic = {});

/// The legacy event `{context, data}` of a structured CloudEvent. A legacy event in any other of
/// the forms above gets this form, as the frameworks hand it to a function.
Result<std::string> to_legacy_event(std::string_view event, std::string_view topic = {});

/// Whether JSON `event` has the attributes of a CloudEvent.
bool is_cloud_event(std::string_view event);

}  // namespace meshfn::function
