import {readdirSync} from 'node:fs';
import process from 'node:process';
import type {MetricFamily} from './messages.ts';
import {counter, gauge} from './metrics.ts';

/** Unix seconds at which this process began. */
const STARTED_AT = Date.now() / 1000 - process.uptime();

function openFiles(): number {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return 0; // Not Linux: the number is not to be had.
  }
}

/** The families that every Prometheus client has, by their common names. */
export function processMetrics(): MetricFamily[] {
  const {user, system} = process.cpuUsage();
  const {rss, heapUsed} = process.memoryUsage();
  return [
    counter(
      'process_cpu_seconds_total',
      'User and system CPU time in seconds',
      (user + system) / 1_000_000,
    ),
    gauge('process_resident_memory_bytes', 'Resident memory in bytes', rss),
    gauge('process_heap_bytes', 'Used JavaScript heap in bytes', heapUsed),
    gauge('process_open_fds', 'Open file descriptors', openFiles()),
    gauge('process_start_time_seconds', 'Start of the process, Unix seconds', STARTED_AT),
  ];
}
