// The makers of all checks: what each file of this folder offers to the table in checks.cpp.
#pragma once

#include <memory>

#include "harness/checks/check.hpp"

namespace chaos::harness {

std::unique_ptr<Check> make_sound_history(const Plan& plan, const Book& book);
std::unique_ptr<Check> make_faults_happened(const Plan& plan, const Book& book);
std::unique_ptr<Check> make_answered(const Plan& plan, const Book& book);
std::unique_ptr<Check> make_latency(const Plan& plan, const Book& book);
std::unique_ptr<Check> make_failover(const Plan& plan, const Book& book);
std::unique_ptr<Check> make_attempts(const Plan& plan, const Book& book);
std::unique_ptr<Check> make_retry_after(const Plan& plan, const Book& book);
std::unique_ptr<Check> make_side_effects(const Plan& plan, const Book& book);
std::unique_ptr<Check> make_context(const Plan& plan, const Book& book);
std::unique_ptr<Check> make_stream(const Plan& plan, const Book& book);
std::unique_ptr<Check> make_errors(const Plan& plan, const Book& book);

}  // namespace chaos::harness
