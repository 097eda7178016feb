// meshfn route: questions about routing that need no cluster.

#include "cli/command.h"

namespace meshfn::cli {

extern const Command kRoute;
extern const Command kRouteDiff;
extern const Command kRouteExplain;
extern const Command kRouteTest;
extern const Command kRouteWho;

namespace {

constexpr const Command* kSubcommands[] = {&kRouteExplain, &kRouteTest, &kRouteDiff, &kRouteWho};

}  // namespace

constinit const Command kRoute = {
    .name = "route",
    .summary = "Ask where requests go, and check it",
    .subcommands = kSubcommands,
};

}  // namespace meshfn::cli
