import {
  admit,
  authorize,
  bound,
  type CallRequest,
  createStack,
  deadline,
  depend,
  hardened,
  idempotent,
  memoryAdmission,
  memoryIdempotency,
  memoryUsage,
  shed,
  type Tool,
  tenant,
  UsageMeter,
  validate,
} from '@sallyport/core';
import { type ObserveOptions, observe } from '@sallyport/observe';
import { keptByNobody } from '../support/observed.js';
import { outOfReach } from '../support/out-of-reach.js';
import { echoSpec } from './echo-spec.js';

/** One tool behind a part of the stack. */
export interface Variant {
  /** The layer that the variant before does not have yet; what is not a layer is in brackets. */
  readonly name: string;
  readonly tool: Tool;
}

/** The shipped order, one layer more each time: what a layer costs is the difference to the variant before. */
export function growingStack(): Variant[] {
  const none = createStack();
  const one = none.use(authorize());
  const two = one.use(tenant());
  const three = two.use(shed());
  const four = three.use(admit(memoryAdmission(), { agent: outOfReach, tenant: outOfReach }));
  const five = four.use(validate());
  const six = five.use(idempotent(memoryIdempotency()));
  const seven = six.use(depend());
  const eight = seven.use(deadline());
  const nine = eight.use(bound());
  const { access: _, ...open } = echoSpec;
  return [
    { name: '(no layer)', tool: none.tool(open) },
    { name: 'authorize', tool: one.tool(echoSpec) },
    { name: 'tenant', tool: two.tool(echoSpec) },
    { name: 'shed', tool: three.tool(echoSpec) },
    { name: 'admit', tool: four.tool(echoSpec) },
    { name: 'validate', tool: five.tool(echoSpec) },
    { name: 'idempotent', tool: six.tool(echoSpec) },
    { name: 'depend', tool: seven.tool(echoSpec) },
    { name: 'deadline', tool: eight.tool(echoSpec) },
    { name: 'bound', tool: nine.tool(echoSpec) },
  ];
}

/** What a caller meets who has used up its limits. */
export function refusingTool(): Tool {
  return hardened({ agentLimits: { perHour: 1 } }).tool(echoSpec);
}

/** What a caller meets while there is no room: a call that never ends has it. A stack with nothing in flight sheds nothing. */
export function sheddingTool({ input, auth }: CallRequest): Tool {
  const stack = hardened({ shed: { initialLimit: 1, minLimit: 1 }, timeoutMs: 1_000, report() {} });
  void stack.tool({ ...echoSpec, name: 'hang', handler: () => new Promise(() => {}) }).call({ input, auth });
  return stack.tool({ ...echoSpec, priority: 'background' });
}

/** What everybody uses. */
export function wholeStack(): Variant {
  const stack = hardened({ agentLimits: outOfReach, tenantLimits: outOfReach });
  return { name: '(hardened)', tool: stack.tool(echoSpec) };
}

/** The same with a budget for the day and the month of the agent. */
export function budgetedStack(): Variant {
  const budget = { perDay: 1e12, perMonth: 1e12 };
  const stack = hardened({ agentLimits: { ...outOfReach, budget }, tenantLimits: outOfReach });
  return { name: '(budgets)', tool: stack.tool(echoSpec) };
}

/** The whole stack, watched: measured only; with a line a call into a file that keeps nothing; and with usage counted. */
export function watchedStacks(): Variant[] {
  const lines = keptByNobody();
  const whole = (options: ObserveOptions) =>
    hardened({ agentLimits: outOfReach, tenantLimits: outOfReach, observe: observe(options) }).tool(echoSpec);
  return [
    { name: '(observe, no log)', tool: whole({ log: false }) },
    { name: '(observe, log)', tool: whole({ log: lines }) },
    { name: '(observe, usage)', tool: whole({ log: false, usage: new UsageMeter(memoryUsage()) }) },
    { name: '(observe, log, usage)', tool: whole({ log: lines, usage: new UsageMeter(memoryUsage()) }) },
  ];
}
