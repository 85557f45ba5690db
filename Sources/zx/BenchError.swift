import CBench
import CZircon
import Glibc

/// A workload that did not run.
struct BenchError: Error, CustomStringConvertible {
  let description: String

  init(workload: String, failure: cbench_failure_t) {
    description = "\(workload): \(String(cString: failure.call)): \(Self.reason(failure))"
  }

  private static func reason(_ failure: cbench_failure_t) -> String {
    if failure.status != 0 { return String(cString: zx_status_get_string(failure.status)) }
    if failure.error != 0 { return String(cString: strerror(failure.error)) }
    return "moved too few bytes, or none in ten seconds"
  }
}
