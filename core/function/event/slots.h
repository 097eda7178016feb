#pragma once

// Fills the `${…}` slots of a sample. For this room only: it shows JSON.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "function/event/moment.h"
#include "function/event/store.h"

namespace meshfn::function {

/// Texts that stand in the finished JSON byte for byte, where their tokens are. This is how a
/// user's body keeps its spelling (`1.0`, 64-bit integers, order of keys) through our JSON tree.
class RawTexts {
 public:
  /// The string to put into the tree in place of `text`.
  std::string token_for(std::string text);
  /// `json` with every token (a JSON string) replaced by its text.
  std::string restore(std::string json) const;

 private:
  std::vector<std::string> texts_;
};

/// A parameter's value: JSON, or the text that the user gave.
struct Parameter {
  Json value;
  bool given = false;  ///< `value` is a string with the user's text, JSON or not
};

/// Works out one sample, or one record of it.
class Slots {
 public:
  Slots(std::map<std::string, Parameter, std::less<>> parameters, Random random, Moment now,
        std::size_t index, RawTexts& raw)
      : parameters_(std::move(parameters)), random_(random), now_(now), index_(index), raw_(raw) {}

  /// `skeleton` with its slots filled, in keys as well as in values. A sample that names an
  /// unknown slot is our mistake and an error.
  Result<Json> fill(const Json& skeleton);

 private:
  Result<Json> fill_text(const std::string& text);
  Result<Json> slot(std::string_view name);
  Result<Json> random_slot(std::string_view kind, std::string_view argument);
  Result<Json> time_slot(std::string_view format);
  Result<std::string> text_of(std::string_view parameter);
  Result<Json> json_of(std::string_view parameter);
  Result<Json> parameter(std::string_view name);
  std::string characters(std::string_view alphabet, std::size_t count);
  std::string uuid();

  std::map<std::string, Parameter, std::less<>> parameters_;
  Random random_;
  Moment now_;
  std::size_t index_;
  RawTexts& raw_;
};

}  // namespace meshfn::function
