#include <array>

#include "yaml/tree_builder.h"

namespace meshfn::yaml {

namespace {

using diagnostic::Rule;
using diagnostic::Severity;

constexpr std::array kRules = {
    Rule{.id = "MF0001",
         .name = "yaml-syntax",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "The document is well-formed YAML or JSON",
         .why =
             "kubectl and the API server refuse the document, and so does every tool after them. "
             "Other documents of the same file are still read.",
         .bad = "kind: Service\nmetadata:\n  name: web\n labels: {} #!\n",
         .good = "kind: Service\nmetadata:\n  name: web\n  labels: {}\n",
         .aliases = "KIA0000"},
    Rule{.id = "MF0002",
         .name = "duplicate-key",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "A mapping sets each key once",
         .why = "Readers differ on which of the two values wins: the API server refuses the object "
                "in strict mode and takes the last one otherwise, yaml-cpp takes the first.",
         .bad = "hosts: [web]\nhosts: [shop] #!\n",
         .good = "hosts: [web, shop]\n",
         .aliases = ""},
    Rule{.id = "MF0003",
         .name = "undefined-alias",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "An alias refers to an anchor defined before it",
         .why =
             "Without the anchor the value does not exist, and no reader accepts the document. A "
             "host that begins with `*` must be quoted, or YAML takes it for an alias.",
         .bad = "hosts:\n- *web #!\n",
         .good = "hosts:\n- '*.web'\n"},
    Rule{.id = "MF0004",
         .name = "unrendered-template",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "The document is YAML, not a template of it",
         .why =
             "YAML takes `{{ .Values.x }}` for a mapping inside a mapping, so a chart that was "
             "not rendered often parses and means something else. Render it and check the result.",
         .bad = "host: {{ .Values.host }} #!\n",
         .good = "host: web\n"},
    Rule{.id = "MF0005",
         .name = "nesting-too-deep",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "Values are nested at most 256 levels deep",
         .why = "No Kubernetes object comes near this depth; reading deeper ones costs time that "
                "grows with the square of the depth, which is how such files attack their readers.",
         .bad = "a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["
                "[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
                "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
                "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
                "]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]"
                " #!\n",
         .good = "a: [[[[]]]]\n"},
    Rule{.id = "MF0006",
         .name = "alias-expansion",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "Aliases written out make at most a million values",
         .why =
             "A few lines of nested aliases stand for billions of values (the `billion laughs`); "
             "the API server and every other reader that expands them gives up or falls over.",
         .bad = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
                "b: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\n"
                "c: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\n"
                "d: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\n"
                "e: &e [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n"
                "f: [*e, *e, *e, *e, *e, *e, *e, *e, *e, *e] #!\n",
         .good = "a: &a [x, x]\nb: [*a, *a]\n"},
    Rule{.id = "MF0007",
         .name = "document-too-large",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "A document is at most 16 MiB",
         .why = "etcd stores at most 1.5 MiB an object, so a larger document is a mistake: usually "
                "the missing `---` between documents, or data that does not belong in a manifest.",
         .bad = "",
         .good = "kind: Service\n"},
    Rule{.id = "MF0008",
         .name = "not-text",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "The file is UTF-8 text without control characters",
         .why = "YAML allows no control characters and no bytes that are not UTF-8; readers refuse "
                "them or, worse, pass them on into names and headers.",
         .bad = "name: we\x01"
                "b #!\n",
         .good = "name: \"we\\x01b\"\n"},
    Rule{.id = "MF0009",
         .name = "key-not-string",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "Keys are strings",
         .why = "JSON, which is what the API server works on, has no other keys.",
         .bad = "labels:\n  [a, b]: c #!\n",
         .good = "labels:\n  a: c\n"},
    Rule{.id = "MF0010",
         .name = "merge-of-no-mapping",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "`<<` merges mappings",
         .why =
             "A merge key with any other value is refused by the readers that know merge keys and "
             "taken for a field named `<<` by the others.",
         .bad = "a: &a text\nb:\n  <<: *a #!\n",
         .good = "a: &a {x: y}\nb:\n  <<: *a\n"},
    Rule{.id = "MF0011",
         .name = "document-not-object",
         .severity = Severity::error,
         .group = "yaml",
         .summary = "A document is an object, not a text",
         .why =
             "kubectl and the API server take mappings with a kind. One text as a whole document "
             "is what is left of a file after a failed command, or was never YAML.",
         .bad = "error, chart not found #!\n",
         .good = "kind: Service\n",
         .aliases = ""},

    // Our own formats (meshfn.yaml, scenarios, routes, tests), read by MapReader.
    Rule{.id = "MF0021",
         .name = "unknown-setting",
         .severity = Severity::error,
         .group = "format",
         .summary = "meshfn's own files use only fields that exist",
         .why = "A misspelt field would be ignored, and the file would not do what it says."},
    Rule{.id = "MF0022",
         .name = "missing-setting",
         .severity = Severity::error,
         .group = "format",
         .summary = "meshfn's own files have the fields they need",
         .why = "Without the field there is nothing to work with."},
    Rule{.id = "MF0023",
         .name = "setting-type",
         .severity = Severity::error,
         .group = "format",
         .summary = "Fields of meshfn's own files have the right type",
         .why = "A value of another type cannot be understood; guessing would hide the mistake."},
    Rule{.id = "MF0024",
         .name = "bad-value",
         .severity = Severity::error,
         .group = "format",
         .summary = "Fields of meshfn's own files have possible values",
         .why = "The value is of the right type but means nothing here."},
};

}  // namespace

std::span<const Rule> reading_rules() { return kRules; }

bool loses_document(const Rule& rule) {
  // A duplicate key and a merge of no mapping leave the rest of the document readable.
  return rule.group == "yaml" && rule.id != "MF0002" && rule.id != "MF0010";
}

const Rule& reading_rule(std::string_view id) {
  for (const Rule& rule : kRules) {
    if (rule.id == id) return rule;
  }
  return kRules[0];
}

}  // namespace meshfn::yaml
