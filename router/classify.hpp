// What an error means: status and machine-readable code narrow first, then a wrapped vendor body, then words, then
// transport.
#pragma once

#include <string_view>

#include "net/http/client.hpp"
#include "router/outcome.hpp"

namespace chaos::router {

/// An error as it arrived: a status that is no success, an error envelope in a 200, or an error event in a stream
/// (status 200). Words are looked at only inside the error's message, and only to choose among the classes its status
/// leaves open: a prompt echoed in an error must not put a key to rest. Fills `what`, `status`, `error`, `why`.
Outcome classify_error(int status, const wire::ProviderError& error);

/// The same from a body of any shape; looks into an error wrapped in the message or in `metadata.raw`.
Outcome classify_error_body(int status, std::string_view body);
/// The same where the vendor's own reader has read it: `read`.
Outcome classify_error_body(int status, std::string_view body, const wire::ProviderError& read);
/// A 400 that is about thoughts which only their vendor can read.
bool names_sealed_reasoning(const Outcome& outcome);

/// A connection that was not had or broke. After the request's last byte left, it may have been executed.
Outcome classify_transport(const net::http::Failure& failure);

Outcome timed_out(Timer timer);
Outcome left_by_caller();
Outcome overtaken();

/// What an outcome means for the health of the provider: failures count, request-shaped ones are neutral.
enum class Charge { success, failure, neutral };
Charge charge_of(const Outcome& outcome);

}  // namespace chaos::router
