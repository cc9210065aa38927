#pragma once

#include "dashboard/http/http_server.hpp"

#include <memory>
#include <utility>

namespace sherpa::testing_support {

/// Replies with the request.
inline void echo(const dashboard::Request& request, dashboard::Reply reply) {
  reply({.status = 200,
         .body = request.method + " " + request.target + " " + request.body,
         .content_type = "text/plain",
         .headers = {}});
}

inline std::unique_ptr<dashboard::HttpServer> serve(dashboard::ServerOptions options = {},
                                                    dashboard::Handler handler = echo) {
  return dashboard::HttpServer::open(std::move(options), std::move(handler)).or_throw();
}

}  // namespace sherpa::testing_support
