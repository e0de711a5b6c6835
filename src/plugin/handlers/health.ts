import {PluginError} from '../errors.ts';
import {reportHealth} from '../health.ts';
import type {Empty, HealthResponse, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';

/** `VM.Health`: details are JSON; an unhealthy chain is a failed call. */
export function health(vm: PluginVm): Unary<Empty, HealthResponse> {
  return () => {
    const {isHealthy, details} = reportHealth(vm);
    const text = JSON.stringify(details);
    if (!isHealthy) throw new PluginError('PLUGIN_UNHEALTHY', {details: text});
    return {details: new TextEncoder().encode(text)};
  };
}
