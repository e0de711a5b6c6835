import {healthOf} from './api/methods/health.ts';
import type {PluginVm} from './plugin-vm.ts';

export type HealthReport = {readonly isHealthy: boolean; readonly details: object};

/** Health in any state of the process, in the layout that the nodes' own plugins have. */
export function reportHealth(vm: PluginVm): HealthReport {
  const {running, state} = vm;
  if (running === undefined || state === 'stopped') {
    return {isHealthy: true, details: {database: null, health: {state}}};
  }
  const health = healthOf(running);
  return {isHealthy: health.healthy, details: {database: {state: health.database}, health}};
}
