import { errorOf, testPrincipal } from '@sallyport/testkit';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { tool, toolsOf } from './decorators.js';
import { hardened } from './hardened.js';
import { PolicyError } from './policy-error.js';

const stack = hardened({ agentLimits: {}, report: () => {} });
const Name = z.object({ name: z.string() });
type Name = z.output<typeof Name>;
const greet = { name: 'greet', description: 'Greets.', access: 'read', input: Name } as const;

class Greeter {
  constructor(readonly greeting: string) {}

  @tool(stack, greet)
  greet({ name }: Name) {
    return `${this.greeting}, ${name}`;
  }

  @tool(stack, { ...greet, name: 'whoami', input: z.object({}) })
  async whoami(_input: object, call: { readonly tenant: string }) {
    return `${this.greeting}, ${call.tenant}`;
  }
}

const ask = async (instance: object, tool: string, input: unknown = { name: 'Ada' }) => {
  const found = toolsOf(instance).find(({ facts }) => facts.name === tool);
  const result = await found?.call({ input, auth: testPrincipal() });
  return result?.content?.[0]?.text ?? errorOf(result ?? {})?.code;
};

test('a method is a tool of its instance, with all the layers of its stack', async () => {
  const greeter = new Greeter('Hello');
  expect(toolsOf(greeter).map(({ facts }) => facts.name)).toEqual(['greet', 'whoami']);
  expect(toolsOf(greeter)[0]?.layers).toEqual(stack.layers);
  expect(await ask(greeter, 'greet')).toBe('Hello, Ada');
  expect(await ask(greeter, 'whoami')).toBe('Hello, acme');
  expect(await ask(greeter, 'greet', { name: 7 })).toMatch(/^INVALID_INPUT/);
  expect(greeter.greet({ name: 'direct' })).toBe('Hello, direct');
});

test('two instances have their own tools and their own dependencies', async () => {
  const [one, two] = [new Greeter('Hello'), new Greeter('Salut')];
  expect(toolsOf(one)[0]).not.toBe(toolsOf(two)[0]);
  expect(await Promise.all([ask(one, 'greet'), ask(two, 'greet')])).toEqual(['Hello, Ada', 'Salut, Ada']);
});

describe('inheritance', () => {
  test('a subclass has the tools of its base and its own', async () => {
    class Louder extends Greeter {
      @tool(stack, { ...greet, name: 'shout' })
      shout(input: Name) {
        return this.greet(input).toUpperCase();
      }
    }
    const louder = new Louder('Hello');
    expect(toolsOf(louder).map(({ facts }) => facts.name)).toEqual(['greet', 'whoami', 'shout']);
    expect(await ask(louder, 'shout')).toBe('HELLO, ADA');
    expect(toolsOf(new Greeter('Hello'))).toHaveLength(2);
  });

  test('a method that overrides without a decorator runs under the policy of the base', async () => {
    class Curt extends Greeter {
      override greet({ name }: Name) {
        return `${name}!`;
      }
    }
    expect(await ask(new Curt('Hello'), 'greet')).toBe('Ada!');
    expect(toolsOf(new Curt('Hello'))).toHaveLength(2);
  });

  test('a method that overrides with a decorator takes the place of the tool it overrides', async () => {
    class Strict extends Greeter {
      @tool(stack, { ...greet, access: 'admin', effects: 'natural' })
      override greet(input: Name) {
        return super.greet(input);
      }
    }
    const strict = new Strict('Hello');
    expect(toolsOf(strict).map(({ facts }) => facts.name)).toEqual(['greet', 'whoami']);
    expect(await ask(strict, 'greet')).toMatch(/^INSUFFICIENT_SCOPE/);
  });

  test('private methods of a class and of its base do not meet, though they have one name', async () => {
    class Base {
      readonly secret = 'base';
      @tool(stack, { ...greet, name: 'base' })
      #hidden(_: Name) {
        return this.secret;
      }
      direct(input: Name): string {
        return this.#hidden(input);
      }
    }
    class Derived extends Base {
      @tool(stack, { ...greet, name: 'derived' })
      #hidden(_: Name) {
        return 'derived';
      }
      override direct(input: Name): string {
        return this.#hidden(input) + super.direct(input);
      }
    }
    const derived = new Derived();
    expect(toolsOf(derived).map(({ facts }) => facts.name)).toEqual(['base', 'derived']);
    expect(await ask(derived, 'base')).toBe('base');
    expect(await ask(derived, 'derived')).toBe('derived');
  });
});

test('a static method is a tool of its class', async () => {
  class Statics {
    static readonly word = 'static';
    readonly own = true;

    @tool(stack, greet)
    static greet(_: Name) {
      return Statics.word;
    }
  }
  expect(await ask(Statics, 'greet')).toBe('static');
});

test('two methods that claim one tool name are refused', () => {
  class Twice {
    @tool(stack, greet)
    one(_: Name) {
      return '1';
    }
    @tool(stack, greet)
    two(_: Name) {
      return '2';
    }
  }
  expect(() => toolsOf(new Twice())).toThrow(PolicyError);
  expect(() => toolsOf(new Twice())).toThrow('Tool "greet": name is claimed by two methods');
});

test('an instance without decorated methods has no tools to offer, and is told so by its name', () => {
  expect(() => toolsOf(new (class Plain {})())).toThrow(new TypeError('Plain has no method decorated with @tool'));
});

test('an incomplete policy is refused when the object is made, not when the tool is called', () => {
  class Incomplete {
    @tool(stack, { ...greet, access: undefined as never })
    greet(_: Name) {
      return 'x';
    }
  }
  expect(() => new Incomplete()).toThrow(PolicyError);
});
