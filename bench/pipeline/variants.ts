import {
  admit,
  authorize,
  bound,
  createStack,
  deadline,
  hardened,
  idempotent,
  memoryAdmission,
  memoryIdempotency,
  type Tool,
  tenant,
  validate,
} from '@sallyport/core';
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
  const three = two.use(admit(memoryAdmission(), { agent: outOfReach, tenant: outOfReach }));
  const four = three.use(validate());
  const five = four.use(idempotent(memoryIdempotency()));
  const six = five.use(deadline());
  const seven = six.use(bound());
  const { access: _, ...open } = echoSpec;
  return [
    { name: '(no layer)', tool: none.tool(open) },
    { name: 'authorize', tool: one.tool(echoSpec) },
    { name: 'tenant', tool: two.tool(echoSpec) },
    { name: 'admit', tool: three.tool(echoSpec) },
    { name: 'validate', tool: four.tool(echoSpec) },
    { name: 'idempotent', tool: five.tool(echoSpec) },
    { name: 'deadline', tool: six.tool(echoSpec) },
    { name: 'bound', tool: seven.tool(echoSpec) },
  ];
}

/** What a caller meets who has used up its limits. */
export function refusingTool(): Tool {
  return hardened({ agentLimits: { perHour: 1 } }).tool(echoSpec);
}

/** What everybody uses. */
export function wholeStack(): Variant {
  const stack = hardened({ agentLimits: outOfReach, tenantLimits: outOfReach });
  return { name: '(hardened)', tool: stack.tool(echoSpec) };
}
