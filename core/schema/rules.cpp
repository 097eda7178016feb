#include "schema/rules.h"

#include <array>

#include "schema/catalogue.h"

namespace meshfn::schema {

namespace {

using diagnostic::Rule;
using diagnostic::Severity;

constexpr std::string_view kGroup = "schema";

// In the order of `Finding`.
constexpr std::array kRules = {
    Rule{.id = "MF0101",
         .name = "unknown-field",
         .group = kGroup,
         .summary = "Every field exists in the schema of its kind",
         .why =
             "`kubectl apply` refuses a field that the schema does not know. Where validation is "
             "off the "
             "API server throws the field away, so the setting that you meant never takes effect.",
         .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - route:
        - destination:
            host: reviews
          wieght: 100 #!
)",
         .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - route:
        - destination:
            host: reviews
          weight: 100
)",
         .aliases = "IST0106"},
    Rule{.id = "MF0102",
         .name = "missing-field",
         .group = kGroup,
         .summary = "Every required field is there",
         .why = "The API server refuses an object that lacks a required field. A field with the "
                "value null "
                "counts as missing.",
         .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
spec: #!
  subsets:
    - name: v1
      labels:
        version: v1
)",
         .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
spec:
  host: reviews
  subsets:
    - name: v1
      labels:
        version: v1
)",
         .aliases = "IST0106"},
    Rule{.id = "MF0103",
         .name = "wrong-type",
         .group = kGroup,
         .summary = "Every value has the type that its field takes",
         .why = "Kubernetes reads `true`, `yes`, `on`, `1.10` and `012` as Booleans and numbers "
                "unless they are "
                "in quotes, and refuses them where text is needed; a quoted `\"80\"` is text and "
                "no number.",
         .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: reviews
  labels:
    canary: true #!
spec:
  ports:
    - name: http
      port: 80
)",
         .good = R"(apiVersion: v1
kind: Service
metadata:
  name: reviews
  labels:
    canary: "true"
spec:
  ports:
    - name: http
      port: 80
)",
         .aliases = "IST0106"},
    Rule{.id = "MF0104",
         .name = "unknown-value",
         .group = kGroup,
         .summary = "A field with a fixed set of values has one of them",
         .why = "Words are compared exactly, case included; any other word makes the API server "
                "refuse the object.",
         .bad = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  mtls:
    mode: Strict #!
)",
         .good = R"(apiVersion: security.istio.io/v1
kind: PeerAuthentication
metadata:
  name: default
spec:
  mtls:
    mode: STRICT
)",
         .aliases = "IST0106"},
    Rule{.id = "MF0105",
         .name = "bad-text",
         .group = kGroup,
         .summary = "Text has the form that its field prescribes",
         .why = "Names, host names, header names and label keys have fixed alphabets. The API "
                "server refuses other text.",
         .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
spec:
  parentRefs:
    - name: web
  hostnames:
    - Shop.example.com #!
  rules:
    - backendRefs:
        - name: shop
          port: 80
)",
         .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
spec:
  parentRefs:
    - name: web
  hostnames:
    - shop.example.com
  rules:
    - backendRefs:
        - name: shop
          port: 80
)",
         .aliases = ""},
    Rule{.id = "MF0106",
         .name = "out-of-range",
         .group = kGroup,
         .summary = "Numbers lie within the limits of their field",
         .why =
             "The API server refuses a number outside the limits, for example a port above 65535.",
         .bad = R"(apiVersion: v1
kind: Service
metadata:
  name: reviews
spec:
  ports:
    - name: http
      port: 90800 #!
)",
         .good = R"(apiVersion: v1
kind: Service
metadata:
  name: reviews
spec:
  ports:
    - name: http
      port: 9080
)",
         .aliases = "IST0106"},
    Rule{.id = "MF0107",
         .name = "bad-size",
         .group = kGroup,
         .summary = "Text, lists and maps are neither too short nor too long",
         .why =
             "Lists and text have upper limits (etcd and CEL need them) and some may not be empty.",
         .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: shop
spec:
  gatewayClassName: "" #!
  listeners:
    - name: http
      port: 80
      protocol: HTTP
)",
         .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: shop
spec:
  gatewayClassName: istio
  listeners:
    - name: http
      port: 80
      protocol: HTTP
)",
         .aliases = ""},
    Rule{.id = "MF0108",
         .name = "duplicate-item",
         .group = kGroup,
         .summary = "Items of a list differ where they must",
         .why = "Some lists are sets or are keyed by a field, such as listeners by their name. The "
                "API server "
                "refuses two items with one key.",
         .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: shop
spec:
  gatewayClassName: istio
  listeners:
    - name: web
      port: 80
      protocol: HTTP
    - name: web #!
      port: 8080
      protocol: HTTP
)",
         .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata:
  name: shop
spec:
  gatewayClassName: istio
  listeners:
    - name: web
      port: 80
      protocol: HTTP
    - name: web-alt
      port: 8080
      protocol: HTTP
)",
         .aliases = "IST0106 KIA1503"},
    Rule{.id = "MF0109",
         .name = "exclusive-fields",
         .group = kGroup,
         .summary = "Fields that exclude or need each other are used so",
         .why = "Some fields are alternatives, and some belong to one value of another field. The "
                "API server "
                "refuses two alternatives together, and the type without its field.",
         .bad = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      simple: ROUND_ROBIN
      consistentHash: #!
        useSourceIp: true
)",
         .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
spec:
  host: reviews
  trafficPolicy:
    loadBalancer:
      consistentHash:
        useSourceIp: true
)",
         .aliases = "IST0106"},
    Rule{.id = "MF0110",
         .name = "broken-condition",
         .group = kGroup,
         .summary = "The conditions that a kind attaches to its fields hold",
         .why = "A CRD may carry conditions over several fields (x-kubernetes-validations, in "
                "CEL). The API "
                "server refuses an object for which one of them is false or cannot be evaluated.",
         .bad = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
spec:
  parentRefs:
    - name: web
  rules:
    - backendRefs:
        - name: shop #!
)",
         .good = R"(apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata:
  name: shop
spec:
  parentRefs:
    - name: web
  rules:
    - backendRefs:
        - name: shop
          port: 80
)",
         .aliases = "IST0106"},
    Rule{.id = "MF0111",
         .name = "bad-format",
         .group = kGroup,
         .summary = "Durations, quantities, times and addresses can be read",
         .why = "Durations need a unit (`10s`, not `10`) and quantities a known suffix. What "
                "cannot be read is refused.",
         .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - timeout: 10 seconds #!
      route:
        - destination:
            host: reviews
)",
         .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - timeout: 10s
      route:
        - destination:
            host: reviews
)",
         .aliases = "IST0106"},
    Rule{.id = "MF0112",
         .name = "unserved-version",
         .group = kGroup,
         .summary = "The API version is one that the API server serves",
         .why = "For a version that is not served the API server answers that there are no matches "
                "for the kind.",
         .bad = R"(apiVersion: networking.istio.io/v1alpha1 #!
kind: DestinationRule
metadata:
  name: reviews
spec:
  host: reviews
)",
         .good = R"(apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata:
  name: reviews
spec:
  host: reviews
)",
         .aliases = ""},
    Rule{.id = "MF0113",
         .name = "deprecated-version",
         .severity = Severity::warning,
         .group = kGroup,
         .summary = "The API version is not deprecated",
         .why = "A deprecated version disappears in one of the next releases, and then the object "
                "cannot be applied.",
         .bad = R"(apiVersion: policy.linkerd.io/v1beta1 #!
kind: Server
metadata:
  name: web
spec:
  podSelector:
    matchLabels:
      app: web
  port: http
)",
         .good = R"(apiVersion: policy.linkerd.io/v1beta3
kind: Server
metadata:
  name: web
spec:
  podSelector:
    matchLabels:
      app: web
  port: http
)",
         .aliases = ""},
    Rule{.id = "MF0114",
         .name = "unknown-kind",
         .group = kGroup,
         .summary = "The kind exists in its API group",
         .why = "The API server has no such kind in this group, so the document cannot be applied.",
         .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualServices #!
metadata:
  name: reviews
spec:
  hosts: [reviews]
)",
         .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - route:
        - destination:
            host: reviews
)",
         .aliases = ""},
    Rule{.id = "MF0115",
         .name = "misplaced-field",
         .group = kGroup,
         .summary = "Every field stands where its kind has it",
         .why = "The field exists, but elsewhere in this kind: most often the indentation is off "
                "by one step. "
                "Where it stands it is refused or has no effect.",
         .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - route:
        - destination:
            host: reviews
          timeout: 10s #!
)",
         .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - timeout: 10s
      route:
        - destination:
            host: reviews
)",
         .aliases = "IST0106"},
    Rule{
        .id = "MF0116",
        .name = "deprecated-field",
        .severity = Severity::warning,
        .group = kGroup,
        .summary = "No field is used that its kind has deprecated",
        .why =
            "A deprecated field still works, but newer releases drop it or prefer its replacement.",
        .bad = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - route:
        - destination:
            host: reviews
      corsPolicy:
        allowOrigin: ["https://example.com"] #!
)",
        .good = R"(apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: reviews
spec:
  hosts: [reviews]
  http:
    - route:
        - destination:
            host: reviews
      corsPolicy:
        allowOrigins:
          - exact: https://example.com
)",
        .aliases = "IST0002 IST0133"},
    Rule{.id = "MF0117",
         .name = "unusable-crd",
         .group = kGroup,
         .summary = "A CustomResourceDefinition has a schema that can be used",
         .why = "The API server refuses a CRD without group, kind, versions or schema, or with a "
                "validation "
                "rule that does not compile. Objects of its kind cannot be checked here either.",
         .bad = R"(apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: cats.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Cat, plural: cats}
  versions:
    - name: v1 #!
      served: true
      storage: true
)",
         .good = R"(apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: cats.example.com
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Cat, plural: cats}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                lives: {type: integer, maximum: 9}
)",
         .aliases = ""},
    Rule{.id = "MF0118",
         .name = "needs-newer-istio",
         .group = kGroup,
         .summary = "Versions, fields and values are ones that the cluster's Istio has",
         .why = "The CRDs of an older Istio lack them: the API server refuses the object, or drops "
                "the field without a word and the proxies behave as if it were not there. Said "
                "only when `--istio` or `istio` in meshfn.yaml gives the release.",
         .bad = R"(# meshfn lint --istio 1.20
apiVersion: networking.istio.io/v1 #!
kind: DestinationRule
metadata: {name: reviews}
spec:
  host: reviews
  trafficPolicy:
    proxyProtocol: {version: V2} #!
)",
         .good = R"(# meshfn lint --istio 1.22
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: reviews}
spec:
  host: reviews
  trafficPolicy:
    proxyProtocol: {version: V2}
)",
         .aliases = ""},
};

}  // namespace

const diagnostic::Rule& rule_of(Finding finding) {
  return kRules[static_cast<std::size_t>(finding)];
}

std::span<const diagnostic::Rule> rules() { return kRules; }

}  // namespace meshfn::schema
