import { InvalidArgumentError } from '@commander-js/extra-typings';
import { type BehaviourName, behaviourTexts } from '../storm/behaviours.js';
import type { Mix } from '../storm/plan-agents.js';

/** `patient=8,rogue=1`. Throws an `InvalidArgumentError` for a class that does not exist, or a proportion that is no positive number. */
export function parseMix(text: string): Mix {
  const parts = text.split(',').map((part): [BehaviourName, number] => {
    const [name = '', weight = '1'] = part.split('=');
    if (!isBehaviour(name)) {
      throw new InvalidArgumentError(
        `There is no class "${name}"; there are ${Object.keys(behaviourTexts).join(', ')}.`,
      );
    }
    const number = Number(weight);
    if (!(number > 0 && number <= 1e6)) throw new InvalidArgumentError(`${name} needs a positive number.`);
    return [name, number];
  });
  return Object.fromEntries(parts);
}

/** The same as text. */
export function mixText(mix: Mix): string {
  return Object.entries(mix)
    .map(([name, weight]) => `${name}=${weight}`)
    .join(',');
}

function isBehaviour(name: string): name is BehaviourName {
  return Object.hasOwn(behaviourTexts, name);
}
