#include "simulate/recording.h"

#include <algorithm>

namespace meshfn::simulate {

void Counts::merge(const Counts& other) {
  started += other.started;
  ok += other.ok;
  failed += other.failed;
  attempts += other.attempts;
  for (std::size_t i = 0; i < causes.size(); ++i) causes[i] += other.causes[i];
}

void Tally::merge(const Tally& other) {
  counts.merge(other.counts);
  latency.merge(other.latency);
}

void EndpointRecord::merge(const EndpointRecord& other) {
  requests += other.requests;
  errors += other.errors;
  refused += other.refused;
  busy += other.busy;
  latency += other.latency;
  ejected += other.ejected;
  most_busy = std::max(most_busy, other.most_busy);
  most_queued = std::max(most_queued, other.most_queued);
}

namespace {

template <class T>
void merge_each(std::vector<T>& own, const std::vector<T>& other) {
  for (std::size_t i = 0; i < own.size(); ++i) own[i].merge(other[i]);
}

}  // namespace

void Recording::merge(const Recording& other) {
  for (std::size_t i = 0; i < loads.size(); ++i) merge_each(loads[i], other.loads[i]);
  merge_each(clusters, other.clusters);
  merge_each(edges, other.edges);
  for (std::size_t i = 0; i < phases.size(); ++i) merge_each(phases[i], other.phases[i]);
  for (std::size_t s = 0; s < traffic.size(); ++s) {
    for (std::size_t i = 0; i < traffic[s].size(); ++i) traffic[s][i] += other.traffic[s][i];
  }
  merge_each(endpoints, other.endpoints);
  merge_each(functions, other.functions);
  merge_each(fleets, other.fleets);
  for (std::size_t i = 0; i < ready.size(); ++i) ready[i] += other.ready[i];
  for (std::size_t i = 0; i < detected.size(); ++i) {
    detected[i] = std::min(detected[i], other.detected[i]);
  }
  events += other.events;
  retries += other.retries;
  timeouts += other.timeouts;
  ejections += other.ejections;
  ejections_denied += other.ejections_denied;
  panics += other.panics;
  in_flight += other.in_flight;
  shed += other.shed;
}

}  // namespace meshfn::simulate
