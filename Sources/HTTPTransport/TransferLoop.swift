// SPDX-License-Identifier: Apache-2.0
import CCurl
import CCurlShims
import TUFClient

/// Drives libcurl's multi handle; lives and dies on the engine's thread.
struct TransferLoop: ~Copyable {
    private let multi: UnsafeMutableRawPointer
    private let settings: EasySettings
    private var waiting: [Transfer] = []
    /// The values are what keeps the transfers alive that libcurl has bare pointers to.
    private var active: [UnsafeMutableRawPointer: Transfer] = [:]

    /// - Parameter multi: is the loop's from here on.
    init(multi: UnsafeMutableRawPointer, settings: EasySettings) {
        self.multi = multi
        self.settings = settings
        carnet_curl_multi_set_long(
            multi, CURLMOPT_MAXCONNECTS, settings.limits.connectionLimit)
    }

    deinit {
        for easy in active.keys {
            curl_multi_remove_handle(multi, easy)
            curl_easy_cleanup(easy)
        }
        curl_multi_cleanup(multi)
    }

    mutating func add(_ transfers: [Transfer]) { waiting += transfers }

    /// Ends these transfers, started or not. Unknown ones have ended already or were refused.
    mutating func cancel(_ transfers: [Transfer]) {
        for transfer in transfers {
            if let easy = active.first(where: { $0.value === transfer })?.key {
                release(easy)
            } else if let place = waiting.firstIndex(where: { $0 === transfer }) {
                waiting.remove(at: place)
            } else {
                continue
            }
            transfer.finish(.cancelled)
        }
    }

    /// Ends every transfer.
    mutating func failAll(_ words: String) {
        for transfer in waiting { transfer.finish(.unreachable(words)) }
        waiting = []
        for (easy, transfer) in active {
            release(easy)
            transfer.finish(.unreachable(words))
        }
    }

    /// Goes on with all transfers as far as possible without waiting, then waits until there is
    /// something to do or `curl_multi_wakeup` is called.
    mutating func step() {
        var code = CURLM_OK
        repeat {
            startWaiting()
            var running: Int32 = 0
            code = curl_multi_perform(multi, &running)
        } while finishEnded() && code == CURLM_OK
        if code == CURLM_OK {
            // libcurl shortens this to its own next time-out.
            let milliseconds: Int32 = active.isEmpty ? 3_600_000 : 1000
            code = curl_multi_poll(multi, nil, 0, milliseconds, nil)
        }
        if code != CURLM_OK { failAll(lowerFirst(curl_multi_strerror(code))) }
    }

    // libcurl's own limit on connections would count the wait against a transfer's time-outs.
    private mutating func startWaiting() {
        let free = settings.limits.connectionLimit - active.count
        let starting = waiting.prefix(max(0, free))
        waiting.removeFirst(starting.count)
        for transfer in starting { start(transfer) }
    }

    private mutating func start(_ transfer: Transfer) {
        guard let easy = curl_easy_init() else {
            transfer.finish(.unreachable("out of memory"))
            return
        }
        transfer.beginHop()
        active[easy] = transfer
        let code = settings.apply(to: easy, for: transfer)
        guard code == CURLE_OK else {
            release(easy)
            transfer.finish(.unreachable(lowerFirst(curl_easy_strerror(code))))
            return
        }
        let added = curl_multi_add_handle(multi, easy)
        guard added == CURLM_OK else {
            release(easy)
            transfer.finish(.unreachable(lowerFirst(curl_multi_strerror(added))))
            return
        }
    }

    /// - Returns: whether any request has ended, so that there may be room for others.
    private mutating func finishEnded() -> Bool {
        var hasEnded = false
        var ended: UnsafeMutableRawPointer?
        var code = CURLE_OK
        while carnet_curl_next_ended(multi, &ended, &code) == 1 {
            guard let easy = ended, let transfer = active[easy] else { continue }
            hasEnded = true
            let hop = EndedHop(easy, code: code)
            release(easy)
            finish(transfer, hop)
        }
        return hasEnded
    }

    private mutating func finish(_ transfer: Transfer, _ hop: EndedHop) {
        let limits = settings.limits
        guard hop.isRedirect, !transfer.isCancelled,
            let location = hop.location
        else {
            transfer.finish(hop.failure(of: transfer, limits: limits))
            return
        }
        let refusal = transfer.follow(
            location, maximum: limits.maximumRedirects, spent: hop.spentMilliseconds)
        if let refusal {
            transfer.finish(refusal)
        } else if transfer.remainingMilliseconds == 0 {
            transfer.finish(.timedOut(seconds: transfer.totalSeconds ?? 0))
        } else {
            start(transfer)
        }
    }

    /// Ends the use of a handle. It is not kept for the next request: a reset one still has its
    /// old buffer and refuses CURLOPT_BUFFERSIZE if its HTTP/2 connection goes on with others.
    /// Connections and resolved names are the multi handle's.
    private mutating func release(_ easy: UnsafeMutableRawPointer) {
        curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
        active[easy] = nil
    }
}
