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
  gossipSent = 0;
  gossipReceived = 0;
  /** Of peers, by gossip and by pull. */
  txsReceived = 0;
  txsAdmitted = 0;
  txsOverBudget = 0;
  pulls = 0;
  /** Admitted because we asked. */
  pulledTxs = 0;

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
      ...this.#gossipFamilies(),
    ];
  }

  #gossipFamilies(): MetricFamily[] {
    return [
      counter('session_gossip_sent_total', 'Gossip messages sent', this.gossipSent),
      counter('session_gossip_received_total', 'Gossip messages received', this.gossipReceived),
      counter(
        'session_peer_txs_received_total',
        'Transactions received from other nodes',
        this.txsReceived,
      ),
      counter(
        'session_peer_txs_admitted_total',
        'Transactions of other nodes that were new and valid',
        this.txsAdmitted,
      ),
      counter(
        'session_peer_txs_over_budget_total',
        'Transactions dropped unread: their sender had sent too many',
        this.txsOverBudget,
      ),
      counter('session_pulls_total', 'Questions to other nodes for what they have', this.pulls),
      counter('session_pulled_txs_total', 'Transactions admitted after a pull', this.pulledTxs),
    ];
  }
}
