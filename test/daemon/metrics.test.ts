import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {beforeEach, describe, expect, it} from 'vitest';
import {MetricsRegistry, type NodeGauge} from '../../src/daemon/metrics.ts';

const SPEC = readFileSync(join(import.meta.dirname, '../../SPEC.md'), 'utf8');
const GAUGES: Readonly<Record<NodeGauge, number>> = {
  hints_pending: 1,
  records: 2,
  record_bytes: 3,
  peers_connected: 4,
  swarm_members: 5,
  epoch: 6,
  block_timestamp_seconds: 7,
  disk_free_bytes: 8,
  log_lines_lost: 9,
};

let metrics: MetricsRegistry;
let unreadable: string[];
beforeEach(() => {
  unreadable = [];
  metrics = new MetricsRegistry((name, error) => unreadable.push(`${name}: ${error}`));
});

/** Samples by name and labels. */
async function samples(): Promise<ReadonlyMap<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => !/^(#|$)/.test(line));
  return new Map(
    lines.map((line) => {
      const at = line.lastIndexOf(' ');
      return [line.slice(0, at), Number(line.slice(at + 1))];
    }),
  );
}

describe('MetricsRegistry', () => {
  it('counts what the parts tell', async () => {
    metrics.stored('ok', 0.02);
    metrics.stored('failed', 3);
    metrics.retrieved('refused', 0.001);
    metrics.replicated(0.01);
    metrics.repaired(7);
    metrics.released(9);
    metrics.refused('MESSAGING_WRONG_SWARM');
    metrics.dutySent('roundA');
    const found = await samples();
    const expected: readonly (readonly [string, number])[] = [
      ['stores_total{outcome="ok"}', 1],
      ['stores_total{outcome="failed"}', 1],
      ['store_seconds_sum', 3.02],
      ['store_seconds_bucket{le="0.025"}', 1],
      ['store_seconds_bucket{le="+Inf"}', 2],
      ['retrieves_total{outcome="refused"}', 1],
      ['retrieve_seconds_count', 1],
      ['replication_seconds_count', 1],
      ['repaired_operations_total', 7],
      ['released_records_total', 9],
      ['requests_refused_total{code="MESSAGING_WRONG_SWARM"}', 1],
      ['duties_sent_total{duty="roundA"}', 1],
    ];
    for (const [name, value] of expected) {
      expect(found.get(`sessionvm_node_${name}`), name).toBe(value);
    }
  });

  it('has what a process has', async () => {
    const names = [...(await samples()).keys()];
    expect(names).toContain('process_resident_memory_bytes');
    expect(names).toContain('process_cpu_seconds_total');
    expect(names).toContain('nodejs_eventloop_lag_p99_seconds');
  });

  it('reads a value when it is asked, and leaves out what is not to be had', async () => {
    let records: number | undefined;
    metrics.watch('records', () => records);
    metrics.watch('peers_connected', () => {
      throw new RangeError('broken');
    });
    metrics.watch('disk_free_bytes', () => Promise.reject(new Error('gone')));
    expect(
      [...(await samples()).keys()].filter((name) => name.startsWith('sessionvm_node_rec')),
    ).toEqual([]);
    expect(unreadable).toEqual([
      'peers_connected: RangeError: broken',
      'disk_free_bytes: Error: gone',
    ]);
    records = 5;
    expect((await samples()).get('sessionvm_node_records')).toBe(5);
    records = undefined;
    const found = await samples();
    for (const name of ['records', 'peers_connected', 'disk_free_bytes']) {
      expect(found.has(`sessionvm_node_${name}`), name).toBe(false);
    }
  });

  it('bounds the codes that it counts one by one', async () => {
    for (let number = 0; number < 150; number++) metrics.refused(`CODE_${number}`);
    metrics.refused('CODE_0');
    const found = await samples();
    const codes = [...found.keys()].filter((name) => name.includes('requests_refused_total'));
    expect(codes).toHaveLength(101);
    expect(found.get('sessionvm_node_requests_refused_total{code="other"}')).toBe(50);
    expect(found.get('sessionvm_node_requests_refused_total{code="CODE_0"}')).toBe(2);
  });

  it('shares nothing with another daemon of the process', async () => {
    new MetricsRegistry(() => undefined).repaired(3);
    expect((await samples()).get('sessionvm_node_repaired_operations_total')).toBe(0);
  });

  it('is documented in SPEC.md §13.4, name by name', async () => {
    for (const [name, value] of Object.entries(GAUGES)) {
      metrics.watch(name as NodeGauge, () => value);
    }
    const [, section = ''] = /### 13\.4[^\n]*\n(.*?)\n## /s.exec(SPEC) ?? [];
    const documented = [...section.matchAll(/`(sessionvm_node_\w+)`/g)].map(([, name]) => name);
    const families = [...(await metrics.text()).matchAll(/^# TYPE (sessionvm_node_\w+)/gm)];
    expect(families.map(([, name]) => name).sort()).toEqual(documented.sort());
  });
});
