#include "lint/rules/envoy_messages.h"

#include <algorithm>
#include <array>

#include "base/str.h"

namespace meshfn::lint::envoy {

namespace {

/// By type.
constexpr std::array<Message, 52> kMessages = {
    {{"envoy.config.cluster.v3.Cluster",
      "alt_stat_name circuit_breakers cleanup_interval close_connections_on_host_health_failure "
      "cluster_type common_http_protocol_options common_lb_config connect_timeout "
      "connection_pool_per_downstream_connection dns_failure_refresh_rate dns_jitter "
      "dns_lookup_family dns_refresh_rate dns_resolution_config dns_resolvers "
      "eds_cluster_config filters health_checks http2_protocol_options http_protocol_options "
      "ignore_health_on_host_removal lb_policy lb_subset_config least_request_lb_config "
      "load_assignment load_balancing_policy lrs_report_endpoint_metrics lrs_server "
      "maglev_lb_config max_requests_per_connection metadata name original_dst_lb_config "
      "outlier_detection per_connection_buffer_high_watermark_timeout "
      "per_connection_buffer_limit_bytes preconnect_policy protocol_selection queuing_policies "
      "respect_dns_ttl ring_hash_lb_config round_robin_lb_config stats_matcher "
      "track_cluster_stats track_timeout_budgets transport_socket transport_socket_matcher "
      "transport_socket_matches type typed_dns_resolver_config typed_extension_protocol_options "
      "upstream_bind_config upstream_config upstream_connection_options "
      "upstream_http_protocol_options use_tcp_for_dns_lookups wait_for_warm_on_init"},
     {"envoy.config.core.v3.TypedExtensionConfig", "name typed_config"},
     {"envoy.config.listener.v3.Filter", "config_discovery name typed_config"},
     {"envoy.config.listener.v3.FilterChain",
      "filter_chain_match filters metadata name transport_socket "
      "transport_socket_connect_timeout use_proxy_proto"},
     {"envoy.config.listener.v3.Listener",
      "access_log additional_addresses address api_listener bind_to_port "
      "bypass_overload_manager connection_balance_config continue_on_listener_filters_timeout "
      "default_filter_chain deprecated_v1 drain_type enable_mptcp enable_reuse_port fcds_config "
      "filter_chain_matcher filter_chains freebind ignore_global_conn_limit internal_listener "
      "listener_filters listener_filters_timeout max_connections_to_accept_per_socket_event "
      "metadata name per_connection_buffer_high_watermark_timeout "
      "per_connection_buffer_limit_bytes reuse_port socket_options stat_prefix stats_matcher "
      "tcp_backlog_size tcp_fast_open_queue_length tcp_keepalive traffic_direction transparent "
      "udp_listener_config use_original_dst"},
     {"envoy.config.listener.v3.ListenerFilter",
      "config_discovery filter_disabled name typed_config"},
     {"envoy.config.route.v3.Route",
      "decorator direct_response filter_action match metadata name non_forwarding_action "
      "per_request_buffer_limit_bytes redirect request_body_buffer_limit request_headers_to_add "
      "request_headers_to_remove response_headers_to_add response_headers_to_remove route "
      "route_specifiers stat_prefix tracing typed_per_filter_config"},
     {"envoy.config.route.v3.RouteConfiguration",
      "cluster_specifier_plugins ignore_path_parameters_in_path_matching "
      "ignore_port_in_host_matching internal_only_headers max_direct_response_body_size_bytes "
      "metadata most_specific_header_mutations_wins name request_headers_to_add "
      "request_headers_to_remove request_mirror_policies response_headers_to_add "
      "response_headers_to_remove route_specifiers typed_per_filter_config validate_clusters "
      "vhds vhost_header virtual_hosts"},
     {"envoy.config.route.v3.VirtualHost",
      "cors domains hedge_policy include_attempt_count_in_response "
      "include_is_timeout_retry_header include_request_attempt_count matcher metadata name "
      "per_request_buffer_limit_bytes rate_limits request_body_buffer_limit "
      "request_headers_to_add request_headers_to_remove request_mirror_policies require_tls "
      "response_headers_to_add response_headers_to_remove retry_policy "
      "retry_policy_typed_config route_specifiers routes typed_per_filter_config "
      "virtual_clusters"},
     {"envoy.extensions.filters.http.buffer.v3.Buffer", "max_request_bytes"},
     {"envoy.extensions.filters.http.buffer.v3.BufferPerRoute", "buffer disabled"},
     {"envoy.extensions.filters.http.compressor.v3.Compressor",
      "choose_first compressor_library content_length content_type disable_on_etag_header "
      "remove_accept_encoding_header request_direction_config response_direction_config "
      "runtime_enabled"},
     {"envoy.extensions.filters.http.compressor.v3.CompressorPerRoute", "disabled overrides"},
     {"envoy.extensions.filters.http.cors.v3.Cors", ""},
     {"envoy.extensions.filters.http.cors.v3.CorsPolicy",
      "allow_credentials allow_headers allow_methods allow_origin_string_match "
      "allow_private_network_access expose_headers filter_enabled "
      "forward_not_matching_preflights max_age shadow_enabled"},
     {"envoy.extensions.filters.http.csrf.v3.CsrfPolicy",
      "additional_origins filter_enabled shadow_enabled"},
     {"envoy.extensions.filters.http.decompressor.v3.Decompressor",
      "decompressor_library request_direction_config response_direction_config"},
     {"envoy.extensions.filters.http.ext_authz.v3.ExtAuthz",
      "allowed_headers bootstrap_metadata_labels_key charge_cluster_response_stats "
      "clear_route_cache clear_route_cache_headers decoder_header_mutation_rules "
      "deny_at_disable disallowed_headers emit_client_span emit_filter_state_stats "
      "enable_dynamic_metadata_ingestion encode_raw_headers enforce_response_header_limits "
      "failure_mode_allow failure_mode_allow_header_add filter_enabled filter_enabled_metadata "
      "filter_metadata grpc_service http_service include_peer_certificate include_tls_session "
      "max_denied_response_body_bytes metadata_context_namespaces "
      "route_metadata_context_namespaces route_typed_metadata_context_namespaces shadow_mode "
      "stat_prefix status_on_error transport_api_version typed_metadata_context_namespaces "
      "validate_mutations with_request_body"},
     {"envoy.extensions.filters.http.ext_authz.v3.ExtAuthzPerRoute", "check_settings disabled"},
     {"envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute", "disabled overrides"},
     {"envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
      "allow_content_length_header allow_mode_override allowed_override_modes "
      "deferred_close_timeout disable_clear_route_cache disable_immediate_response "
      "emit_client_span failure_mode_allow filter_metadata forward_rules grpc_service "
      "http_service max_message_timeout message_timeout metadata_options mutation_rules "
      "observability_mode on_processing_response processing_mode processing_request_modifier "
      "request_attributes response_attributes route_cache_action "
      "send_body_without_waiting_for_header_response stat_prefix status_on_error"},
     {"envoy.extensions.filters.http.fault.v3.HTTPFault",
      "abort abort_grpc_status_runtime abort_http_status_runtime abort_percent_runtime delay "
      "delay_duration_runtime delay_percent_runtime disable_downstream_cluster_stats "
      "downstream_nodes filter_metadata headers max_active_faults max_active_faults_runtime "
      "response_rate_limit response_rate_limit_percent_runtime upstream_cluster"},
     {"envoy.extensions.filters.http.grpc_json_transcoder.v3.GrpcJsonTranscoder",
      "auto_mapping capture_unknown_query_parameters case_insensitive_enum_parsing "
      "convert_grpc_status ignore_unknown_query_parameters ignored_query_parameters "
      "match_incoming_request_route match_unregistered_custom_verb max_request_body_size "
      "max_response_body_size print_options proto_descriptor proto_descriptor_bin "
      "query_param_unescape_plus request_validation_options services url_unescape_spec"},
     {"envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
      "emit_filter_state enable_upstream_stats individual_method_stats_allowlist "
      "replace_dots_in_grpc_service_name stats_for_all_methods"},
     {"envoy.extensions.filters.http.grpc_web.v3.GrpcWeb", ""},
     {"envoy.extensions.filters.http.header_to_metadata.v3.Config",
      "request_rules response_rules stat_prefix"},
     {"envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication",
      "bypass_cors_preflight filter_state_rules providers requirement_map rules stat_prefix "
      "strip_failure_response"},
     {"envoy.extensions.filters.http.jwt_authn.v3.PerRouteConfig", "disabled requirement_name"},
     {"envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit",
      "always_consume_default_token_bucket descriptors enable_retry_after_header "
      "enable_x_ratelimit_headers filter_enabled filter_enforced local_cluster_rate_limit "
      "local_rate_limit_per_downstream_connection max_dynamic_descriptors "
      "rate_limited_as_resource_exhausted rate_limits request_headers_to_add_when_not_enforced "
      "response_headers_to_add stage stat_prefix status token_bucket vh_rate_limits"},
     {"envoy.extensions.filters.http.lua.v3.Lua",
      "clear_route_cache default_source_code filter_context inline_code package_cpaths "
      "package_paths shared_vm_id source_codes stat_prefix"},
     {"envoy.extensions.filters.http.lua.v3.LuaPerRoute",
      "disabled filter_context name package_cpaths package_paths shared_vm_id source_code"},
     {"envoy.extensions.filters.http.oauth2.v3.OAuth2", "config"},
     {"envoy.extensions.filters.http.oauth2.v3.OAuth2Config",
      "allow_failed_matcher allowed_redirect_domains auth_scopes auth_type "
      "authorization_endpoint code_verifier_token_expires_in cookie_configs credentials "
      "csrf_token_expires_in default_expires_in default_refresh_token_expires_in "
      "deny_redirect_matcher disable_access_token_set_cookie disable_id_token_set_cookie "
      "disable_refresh_token_set_cookie disable_token_encryption end_session_endpoint "
      "forward_bearer_token forward_id_token original_request_uri pass_through_matcher "
      "post_logout_redirect_uri preserve_authorization_header private_key_jwt_config "
      "redirect_path_matcher redirect_uri resources retry_policy signout_path stat_prefix "
      "token_cookie_chunking token_endpoint use_access_token_expiry_for_id_token_cookie "
      "use_refresh_token"},
     {"envoy.extensions.filters.http.ratelimit.v3.RateLimit",
      "disable_x_envoy_ratelimited_header domain enable_retry_after_header "
      "enable_x_ratelimit_headers failure_mode_deny failure_mode_deny_percent filter_enabled "
      "filter_enforced metadata_namespace rate_limit_service rate_limited_as_resource_exhausted "
      "rate_limited_status rate_limits request_type response_headers_to_add stage stat_prefix "
      "status_on_error timeout"},
     {"envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute",
      "domain override_option rate_limits vh_rate_limits"},
     {"envoy.extensions.filters.http.rbac.v3.RBAC",
      "matcher rules rules_stat_prefix shadow_matcher shadow_rules shadow_rules_stat_prefix "
      "track_per_rule_stats"},
     {"envoy.extensions.filters.http.rbac.v3.RBACPerRoute", "rbac"},
     {"envoy.extensions.filters.http.router.v3.Router",
      "dynamic_stats reject_connect_request_early_data respect_expected_rq_timeout "
      "start_child_span strict_check_headers suppress_envoy_headers "
      "suppress_grpc_request_failure_code_stats upstream_http_filters upstream_log "
      "upstream_log_options"},
     {"envoy.extensions.filters.http.wasm.v3.Wasm", "config"},
     {"envoy.extensions.filters.network.ext_authz.v3.ExtAuthz",
      "bootstrap_metadata_labels_key failure_mode_allow filter_enabled_metadata grpc_service "
      "include_peer_certificate include_tls_session metadata_context_namespaces "
      "send_tls_alert_on_denial shadow_mode stat_prefix transport_api_version "
      "typed_metadata_context_namespaces"},
     {"envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
      "access_log access_log_flush_interval access_log_options "
      "add_proxy_protocol_connection_state add_user_agent always_set_request_id_in_response "
      "append_local_overload append_x_forwarded_port codec_type common_http_protocol_options "
      "delayed_close_timeout drain_timeout drain_timeout_jitter "
      "early_header_mutation_extensions flush_access_log_on_new_request "
      "forward_client_cert_details forward_client_cert_matcher forward_proto_config "
      "generate_request_id http1_safe_max_connection_duration http2_protocol_options "
      "http3_protocol_options http_filters http_protocol_options internal_address_config "
      "local_reply_config max_request_headers_kb merge_slashes normalize_path "
      "original_ip_detection_extensions path_normalization_options "
      "path_with_escaped_slashes_action preserve_external_request_id proxy_100_continue "
      "proxy_status_config rds record_route_resolution_stats "
      "represent_ipv4_remote_address_as_ipv4_mapped_ipv6 request_headers_timeout "
      "request_id_extension request_timeout route_config scheme_header_transformation "
      "scoped_routes server_header_transformation server_name set_current_client_cert_details "
      "skip_xff_append stat_prefix stream_error_on_invalid_http_message stream_flush_timeout "
      "stream_idle_timeout strip_any_host_port strip_matching_host_port strip_trailing_host_dot "
      "tracing typed_header_validation_config upgrade_configs use_remote_address via "
      "xff_num_trusted_hops"},
     {"envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter",
      "config_discovery disabled is_optional name typed_config"},
     {"envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit",
      "runtime_enabled share_key stat_prefix token_bucket"},
     {"envoy.extensions.filters.network.ratelimit.v3.RateLimit",
      "descriptors domain failure_mode_deny rate_limit_service stat_prefix timeout"},
     {"envoy.extensions.filters.network.rbac.v3.RBAC",
      "delay_deny enforcement_type matcher rules shadow_matcher shadow_rules "
      "shadow_rules_stat_prefix stat_prefix"},
     {"envoy.extensions.filters.network.sni_cluster.v3.SniCluster", ""},
     {"envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy",
      "access_log access_log_flush_interval access_log_options backoff_options "
      "check_drain_close cluster downstream_idle_timeout flush_access_log_on_connected "
      "hash_policy idle_timeout max_connect_attempts max_downstream_connection_duration "
      "max_downstream_connection_duration_jitter_percentage max_early_data_bytes metadata_match "
      "on_demand proxy_protocol_tlv_merge_policy proxy_protocol_tlvs stat_prefix "
      "tunneling_config upstream_connect_mode upstream_idle_timeout weighted_clusters"},
     {"envoy.extensions.filters.network.wasm.v3.Wasm", "config"},
     {"envoy.extensions.transport_sockets.tls.v3.CommonTlsContext",
      "alpn_protocols combined_validation_context custom_handshaker "
      "custom_tls_certificate_selector key_log tls_certificate_certificate_provider "
      "tls_certificate_certificate_provider_instance tls_certificate_provider_instance "
      "tls_certificate_sds_secret_configs tls_certificates tls_params validation_context "
      "validation_context_certificate_provider validation_context_certificate_provider_instance "
      "validation_context_sds_secret_config"},
     {"envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext",
      "common_tls_context disable_stateful_session_resumption "
      "disable_stateless_session_resumption full_scan_certs_on_sni_mismatch ocsp_staple_policy "
      "prefer_client_ciphers require_client_certificate require_sni session_ticket_keys "
      "session_ticket_keys_sds_secret_config session_timeout"},
     {"envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext",
      "allow_renegotiation auto_host_sni auto_sni_san_validation common_tls_context "
      "enforce_rsa_key_usage max_session_keys sni"},
     {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
      "auto_config common_http_protocol_options explicit_http_config hash_policy "
      "header_validation_config http_filters outlier_detection request_mirror_policies "
      "retry_policy upstream_http_protocol_options use_downstream_protocol_config"}}};

/// By layer and filter.
constexpr std::array<Package, 125> kPackages = {
    {{"http", "a2a", "A2A MethodParsingConfig ParserConfig"},
     {"http", "adaptive_concurrency", "AdaptiveConcurrency GradientControllerConfig"},
     {"http", "admission_control", "AdmissionControl"},
     {"http", "ai_protocol_manager",
      "AiProtocolManager AiProtocolManagerPerRoute RequestHandling RequestParsingLimits "
      "RequestPerRoute ResponseHandling ResponsePerRoute TokenUsageExtraction "
      "TokenUsageExtractionLimits"},
     {"http", "alpn", "FilterConfig"},
     {"http", "alternate_protocols_cache", "FilterConfig"},
     {"http", "api_key_auth", "ApiKeyAuth ApiKeyAuthPerRoute Credential Forwarding KeySource"},
     {"http", "aws_eventstream_parser", "AwsEventstreamParser"},
     {"http", "aws_lambda", "Config Credentials PerRouteConfig"},
     {"http", "aws_request_signing", "AwsRequestSigning AwsRequestSigningPerRoute"},
     {"http", "bandwidth_limit", "BandwidthLimit"},
     {"http", "bandwidth_share", "BandwidthShare"},
     {"http", "basic_auth", "BasicAuth BasicAuthPerRoute"},
     {"http", "body_size_limit", "BodySizeLimit"},
     {"http", "buffer", "Buffer BufferPerRoute"},
     {"http", "cache", "CacheConfig"},
     {"http", "cache_v2", "CacheV2Config"},
     {"http", "cdn_loop", "CdnLoopConfig"},
     {"http", "checksum", "ChecksumConfig"},
     {"http", "composite",
      "Composite CompositePerRoute DynamicConfig ExecuteFilterAction FilterChainConfiguration"},
     {"http", "compressor",
      "Compressor CompressorOverrides CompressorPerRoute ResponseDirectionOverrides"},
     {"http", "connect_grpc_bridge", "FilterConfig"},
     {"http", "cors", "Cors CorsPolicy"},
     {"http", "credential_injector", "CredentialInjector"},
     {"http", "csrf", "CsrfPolicy"},
     {"http", "custom_response", "CustomResponse"},
     {"http", "decompressor", "Decompressor"},
     {"http", "dynamic_forward_proxy", "FilterConfig PerRouteConfig SubClusterConfig"},
     {"http", "dynamic_modules", "DynamicModuleFilter DynamicModuleFilterPerRoute"},
     {"http", "dynamo", "Dynamo"},
     {"http", "ext_authz",
      "AuthorizationRequest AuthorizationResponse BufferSettings CheckSettings ExtAuthz "
      "ExtAuthzPerRoute HttpService ShadowDecision"},
     {"http", "ext_proc",
      "ExtProcHttpService ExtProcOverrides ExtProcPerRoute ExternalProcessor "
      "HeaderForwardingRules MetadataOptions ProcessingMode"},
     {"http", "fault", "FaultAbort HTTPFault"},
     {"http", "file_server", "FileServerConfig"},
     {"http", "file_system_buffer", "BufferBehavior FileSystemBufferFilterConfig StreamConfig"},
     {"http", "filter_chain", "FilterChain FilterChainConfig FilterChainConfigPerRoute"},
     {"http", "gcp_authn", "Audience GcpAuthnFilterConfig TokenCacheConfig TokenHeader"},
     {"http", "geoip", "Geoip"},
     {"http", "golang", "Config ConfigsPerRoute RouterPlugin"},
     {"http", "grpc_field_extraction",
      "FieldExtractions GrpcFieldExtractionConfig RequestFieldValueDisposition"},
     {"http", "grpc_http1_bridge", "Config"},
     {"http", "grpc_http1_reverse_bridge", "FilterConfig FilterConfigPerRoute"},
     {"http", "grpc_json_reverse_transcoder", "GrpcJsonReverseTranscoder"},
     {"http", "grpc_json_transcoder", "GrpcJsonTranscoder UnknownQueryParams"},
     {"http", "grpc_stats", "FilterConfig FilterObject"},
     {"http", "grpc_web", "GrpcWeb"},
     {"http", "gzip", "Gzip"},
     {"http", "header_mutation", "HeaderMutation HeaderMutationPerRoute Mutations"},
     {"http", "header_to_metadata", "Config"},
     {"http", "health_check", "HealthCheck"},
     {"http", "ip_tagging", "IPTagging"},
     {"http", "istio_stats", "MetricConfig MetricDefinition PluginConfig"},
     {"http", "json_to_metadata", "JsonToMetadata"},
     {"http", "jwt_authn",
      "ExtractOnlyWithoutValidation FilterStateRule JwksAsyncFetch JwtAuthentication "
      "JwtCacheConfig JwtClaimToHeader JwtHeader JwtProvider JwtRequirement "
      "JwtRequirementAndList JwtRequirementOrList PerRouteConfig ProviderWithAudiences "
      "RemoteJwks RequirementRule"},
     {"http", "kill_request", "KillRequest"},
     {"http", "language", "Language"},
     {"http", "local_ratelimit", "LocalRateLimit"},
     {"http", "lua", "Lua LuaPerRoute"},
     {"http", "mcp", "Mcp McpOverride ParserConfig"},
     {"http", "mcp_json_rest_bridge",
      "CacheConfig HttpRule McpJsonRestBridge McpJsonRestBridgePerRoute McpServerInfo "
      "ServerInfo ServerToolConfig ToolConfig ToolsListLocal ToolsListSpecificConfig "
      "TraceContextExtractionOptions"},
     {"http", "mcp_router",
      "DynamicMetadataSource HeaderSource IdentityExtractor McpRouter SessionIdentity "
      "ValidationPolicy"},
     {"http", "oauth2",
      "CookieConfig CookieConfigs OAuth2 OAuth2Config OAuth2Credentials OAuth2PerRoute "
      "OAuth2TokenForwarding PostLogoutRedirectUri PrivateKeyJwtConfig TokenCookieChunking"},
     {"http", "on_demand", "OnDemand OnDemandCds PerRouteConfig"},
     {"http", "original_src", "OriginalSrc"},
     {"http", "peak_ewma", "PeakEwmaConfig"},
     {"http", "peer_metadata", "Config"},
     {"http", "proto_api_scrubber",
      "DescriptorSet MessageRestrictions MethodRestrictions ProtoApiScrubberConfig "
      "RemoveFieldAction RestrictionConfig Restrictions"},
     {"http", "proto_message_extraction", "MethodExtraction ProtoMessageExtractionConfig"},
     {"http", "rate_limit_quota",
      "RateLimitQuotaBucketSettings RateLimitQuotaFilterConfig RateLimitQuotaOverride"},
     {"http", "ratelimit", "RateLimit RateLimitPerRoute"},
     {"http", "rbac", "RBAC RBACPerRoute"},
     {"http", "router", "Router"},
     {"http", "set_filter_state", "Config"},
     {"http", "set_metadata", "Config Metadata"},
     {"http", "sse_to_metadata", "SseToMetadata"},
     {"http", "stateful_session", "StatefulSession StatefulSessionPerRoute"},
     {"http", "sxg", "SXG"},
     {"http", "tap", "Tap"},
     {"http", "thrift_to_metadata",
      "FieldSelector KeyValuePair Rule ThriftToMetadata ThriftToMetadataPerRoute"},
     {"http", "transform", "BodyTransformation TransformConfig Transformation"},
     {"http", "upstream_codec", "UpstreamCodec"},
     {"http", "wasm", "Wasm"},
     {"listener", "dynamic_modules", "DynamicModuleListenerFilter"},
     {"listener", "http_inspector", "HttpInspector"},
     {"listener", "local_ratelimit", "LocalRateLimit"},
     {"listener", "original_dst", "OriginalDst"},
     {"listener", "original_src", "OriginalSrc"},
     {"listener", "postgres_inspector", "PostgresInspector StartupMetadata"},
     {"listener", "proxy_protocol", "ProxyProtocol"},
     {"listener", "set_filter_state", "Config"},
     {"listener", "tls_inspector", "TlsInspector"},
     {"network", "client_ssl_auth", "ClientSSLAuth"},
     {"network", "connection_limit", "ConnectionLimit"},
     {"network", "direct_response", "Config"},
     {"network", "dubbo_proxy",
      "Drds DubboFilter DubboProxy MethodMatch MultipleRouteConfiguration Route RouteAction "
      "RouteConfiguration RouteMatch"},
     {"network", "dynamic_modules", "DynamicModuleNetworkFilter"},
     {"network", "echo", "Echo"},
     {"network", "ext_authz", "ExtAuthz"},
     {"network", "ext_proc", "MetadataOptions NetworkExternalProcessor ProcessingMode"},
     {"network", "generic_proxy", "GenericProxy GenericRds RouteConfiguration VirtualHost"},
     {"network", "geoip", "Geoip"},
     {"network", "golang", "Config"},
     {"network", "http_connection_manager",
      "EnvoyMobileHttpConnectionManager ForwardProtoConfig HttpConnectionManager HttpFilter "
      "LocalReplyConfig Rds RequestIDExtension ResponseMapper ScopedRds "
      "ScopedRouteConfigurationsList ScopedRoutes"},
     {"network", "kafka_broker", "IdBasedBrokerRewriteRule IdBasedBrokerRewriteSpec KafkaBroker"},
     {"network", "kafka_mesh", "ForwardingRule KafkaClusterDefinition KafkaMesh"},
     {"network", "local_ratelimit", "LocalRateLimit"},
     {"network", "metadata_exchange", "MetadataExchange"},
     {"network", "mongo_proxy", "MongoProxy"},
     {"network", "mysql_proxy", "MySQLProxy"},
     {"network", "peer_metadata", "Config UpstreamConfig"},
     {"network", "postgres_proxy", "PostgresProxy"},
     {"network", "ratelimit", "RateLimit"},
     {"network", "rbac", "RBAC"},
     {"network", "redis_proxy", "AwsIam RedisExternalAuthProvider RedisProtocolOptions RedisProxy"},
     {"network", "reverse_tunnel", "DrainAwareHttpConnectionManager ReverseTunnel Validation"},
     {"network", "rocketmq_proxy", "RocketmqProxy Route RouteAction RouteConfiguration RouteMatch"},
     {"network", "set_filter_state", "Config"},
     {"network", "sip_proxy",
      "Cache CustomizedAffinity CustomizedAffinityEntry LocalService Route RouteAction "
      "RouteConfiguration RouteMatch SipFilter SipProtocolOptions SipProxy"},
     {"network", "sni_cluster", "SniCluster"},
     {"network", "sni_dynamic_forward_proxy", "FilterConfig"},
     {"network", "tcp_bandwidth_limit", "TcpBandwidthLimit"},
     {"network", "tcp_proxy", "TcpProxy"},
     {"network", "thrift_proxy",
      "Route RouteAction RouteConfiguration RouteMatch ThriftFilter ThriftProtocolOptions "
      "ThriftProxy Trds WeightedCluster"},
     {"network", "wasm", "Wasm"},
     {"network", "zookeeper_proxy", "LatencyThresholdOverride ZooKeeperProxy"}}};

/// Whether `word` is among `words`, which spaces separate.
bool holds(std::string_view words, std::string_view word) {
  const auto all = str::split(words, ' ');
  return std::find(all.begin(), all.end(), word) != all.end();
}

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

}  // namespace

const Message* message(std::string_view type) {
  const auto found = std::find_if(kMessages.begin(), kMessages.end(),
                                  [&](const Message& one) { return one.type == type; });
  return found == kMessages.end() ? nullptr : &*found;
}

std::string snake_case(std::string_view field) {
  std::string out;
  for (const char c : field) {
    if (is_upper(c) && !out.empty()) out += '_';
    out += is_upper(c) ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return out;
}

bool has_field(const Message& message, std::string_view field) {
  return holds(message.fields, field) || holds(message.fields, snake_case(field));
}

std::span<const Package> packages() { return kPackages; }

const Package* package(std::string_view layer, std::string_view filter) {
  const auto found = std::find_if(kPackages.begin(), kPackages.end(), [&](const Package& one) {
    return one.layer == layer && one.filter == filter;
  });
  return found == kPackages.end() ? nullptr : &*found;
}

FilterType filter_type(std::string_view type) {
  constexpr std::string_view kFilters = "envoy.extensions.filters.";
  constexpr std::size_t kParts = 4;
  if (!type.starts_with(kFilters)) return {};
  const auto parts = str::split(type.substr(kFilters.size()), '.');
  if (parts.size() != kParts || parts[2] != "v3") return {};
  return {parts[0], parts[1], parts[3]};
}

std::string_view type_of(std::string_view url) {
  const std::size_t slash = url.rfind('/');
  return slash == std::string_view::npos ? url : url.substr(slash + 1);
}

}  // namespace meshfn::lint::envoy
