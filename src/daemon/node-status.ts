import type {ChainView} from './chain-view.ts';
import type {HostAndPort} from './config-values.ts';
import {MetricsRegistry} from './metrics.ts';
import {type HealthInit, NodeHealth} from './node-health.ts';
import type {DaemonPorts} from './ports.ts';
import {type StatusAnswer, type StatusPage, startStatusServer} from './status-server.ts';

type Components = {
  readonly view: ChainView;
  readonly ports: Pick<DaemonPorts, 'logger' | 'lostLogLines' | 'nowMs' | 'freeBytes'>;
};

export type StatusInit = HealthInit & {
  /** undefined: nothing is served. */
  readonly at: HostAndPort | undefined;
  /** Pages beside `/metrics` and `/health`, by path. */
  readonly pages?: Readonly<Record<string, StatusPage>>;
};

/** What a node tells of itself; the parts that start later report to both. */
export type NodeStatus = AsyncDisposable & {
  readonly metrics: MetricsRegistry;
  readonly health: NodeHealth;
};

function watchChain(
  {metrics}: {metrics: MetricsRegistry},
  {view, ports}: Components,
  init: StatusInit,
) {
  metrics.watch('epoch', () => asNumber(view.epoch()?.epoch));
  metrics.watch('block_timestamp_seconds', () => {
    const ms = view.epoch()?.blockTimeMs;
    return ms === undefined ? undefined : ms / 1000;
  });
  metrics.watch('swarm_members', () => view.own()?.members.length);
  metrics.watch('log_lines_lost', () => ports.lostLogLines?.());
  metrics.watch('disk_free_bytes', async () => Number(await ports.freeBytes(init.dataFolder)));
}

const asNumber = (text: string | undefined): number | undefined =>
  text === undefined ? undefined : Number(text);

async function healthPage(health: NodeHealth): Promise<StatusAnswer> {
  const report = await health.report();
  const body = `${JSON.stringify(report)}\n`;
  return {status: report.healthy ? 200 : 503, type: 'application/json', body};
}

async function metricsPage(metrics: MetricsRegistry): Promise<StatusAnswer> {
  return {status: 200, type: metrics.contentType, body: await metrics.text()};
}

/**
 * Begins to count, and to serve `/metrics` and `/health` if the operator wants it.
 * @throws DaemonError DAEMON_LISTEN_FAILED
 */
export async function startNodeStatus(
  components: Components,
  init: StatusInit,
): Promise<NodeStatus> {
  const {logger} = components.ports;
  const metrics = new MetricsRegistry((name, error) =>
    logger.warn('metric.unreadable', {name, reason: String(error)}),
  );
  const health = new NodeHealth(components, init);
  watchChain({metrics}, components, init);
  const {at, pages = {}} = init;
  if (at === undefined) return {metrics, health, async [Symbol.asyncDispose]() {}};
  const server = await startStatusServer({
    at,
    pages: new Map<string, StatusPage>([
      ...Object.entries(pages),
      ['/metrics', () => metricsPage(metrics)],
      ['/health', () => healthPage(health)],
    ]),
    onError: (path, error) => logger.error('status.failed', {path, reason: String(error)}),
  });
  logger.info('status.served', {host: at.host, port: server.port});
  return {metrics, health, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]()};
}
