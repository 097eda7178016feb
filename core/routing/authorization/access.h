#pragma once

// The way of one request through everything that may refuse it, and the matrix of who reaches
// what.

#include <string>
#include <vector>

#include "routing/authorization/caller.h"

namespace meshfn::routing {

/// One stop of a request: the pods asked, and their answer.
struct Access {
  Target target;
  Verdict verdict;
};

/// The request as the destination of `route` sees it: rewritten, with the headers that are set.
Request forwarded(const Route& route, const Match& match, const Request& request);

/// The gateway that `answer` passes, if any, and every workload that it may lead to. Empty when no
/// pods are asked: the route redirects, answers itself, or there is none.
std::vector<Access> access_of(const resource::Mesh& mesh, const Caller& caller,
                              const Request& request, const Answer& answer);

/// What one caller may do: a cell of the matrix.
struct WhoCell {
  Caller caller;
  bool allowed = true;
  bool differs = false;  ///< among the workloads of the Service; `verdict` is then a refusing one
  Verdict verdict;
};

/// A column: one way of asking one port of a Service.
struct WhoColumn {
  std::string host;
  std::uint32_t port = 0;
  Request request;
  std::vector<WhoCell> cells;  ///< one for each caller, in the same order in every column
};

/// Every service account of the input, those that policies name, and a caller without identity,
/// against every operation that the policies of `service` tell apart.
std::vector<WhoColumn> who_reaches(const resource::Mesh& mesh,
                                   const resource::kubernetes::Service& service);

}  // namespace meshfn::routing
