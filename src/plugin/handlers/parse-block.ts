import {parseBlock as parse} from '../../vm/parsed-block.ts';
import type {ParseBlockRequest, ParseBlockResponse, Unary} from '../messages.ts';
import type {PluginVm} from '../plugin-vm.ts';
import {blockView} from './block-view.ts';

/** `VM.ParseBlock`: a pure function of the bytes; leaves no trace. */
export function parseBlock(vm: PluginVm): Unary<ParseBlockRequest, ParseBlockResponse> {
  return ({bytes}) => {
    vm.requireRunning();
    return blockView(parse(bytes));
  };
}
