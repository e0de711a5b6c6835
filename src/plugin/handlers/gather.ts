import {chainMetrics} from '../chain-metrics.ts';
import type {Empty, GatherResponse, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';
import {processMetrics} from '../process-metrics.ts';

/** `VM.Gather`: at any time, also before Initialize. */
export function gather(vm: PluginVm): Unary<Empty, GatherResponse> {
  return () => {
    const {running} = vm;
    const families = running === undefined ? [] : chainMetrics(running);
    return {metricFamilies: [...processMetrics(), ...families]};
  };
}
