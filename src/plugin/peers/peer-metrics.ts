import type {MetricFamily} from '../messages.ts';
import {counter} from '../metrics.ts';

/** What passes between this node and others of the chain, counted since the start. */
export class PeerMetrics {
  requestsSent = 0;
  requestsFailed = 0;
  requestsServed = 0;
  requestsRefused = 0;
  /** Answers that no request of ours waits for. */
  answersUnasked = 0;

  families(): MetricFamily[] {
    return [
      counter('session_peer_requests_total', 'Requests sent to other nodes', this.requestsSent),
      counter(
        'session_peer_requests_failed_total',
        'Requests without a usable answer',
        this.requestsFailed,
      ),
      counter(
        'session_peer_requests_served_total',
        'Requests of other nodes that were answered',
        this.requestsServed,
      ),
      counter(
        'session_peer_requests_refused_total',
        'Requests of other nodes that were refused',
        this.requestsRefused,
      ),
      counter(
        'session_peer_answers_unasked_total',
        'Answers that no request waits for',
        this.answersUnasked,
      ),
    ];
  }
}
