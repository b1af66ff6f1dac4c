import { ask } from "./operator.ts";
import { readTopology, type Service } from "./topology.ts";

/**
 * `npm run events`: what operators do with read models and parked events. Each service is asked through its own sidecar,
 * so the shop must be running.
 */
const usage = `npm run events                          what each service has: read models, topics, parked events
npm run events -- rebuild <read model>  make a read model anew from events, while it serves
npm run events -- replay <topic>        publish a whole topic again; consumers ignore what they have applied
npm run events -- redrive               apply parked events again`;

type Overview = {
  readModels: string[];
  consumers: string[];
  publishes: string[];
  parked: Record<string, number>;
};

const { services } = readTopology(process.env);

async function run([command, name]: string[]): Promise<void> {
  switch (command) {
    case undefined:
      return overview();
    case "rebuild":
      return rebuild(required(name, "read model"));
    case "replay":
      return replay(required(name, "topic"));
    case "redrive":
      return redrive();
    default:
      throw new Error(`There is no command ${command}.\n${usage}`);
  }
}

const required = (name: string | undefined, what: string): string => {
  if (name) return name;
  throw new Error(`Name the ${what}.\n${usage}`);
};

async function overview(): Promise<void> {
  for (const service of services) {
    const { readModels, publishes, parked } = await ask<Overview>(service, "GET", "");
    console.log(
      `${service.id}: read models ${list(readModels)}; publishes ${list(publishes)}; parked ${list(Object.entries(parked).map(([name, count]) => `${name} ${count}`))}`,
    );
  }
}

const list = (names: string[]) => names.join(", ") || "none";

async function rebuild(readModel: string): Promise<void> {
  const owner = await ownerOf(readModel, ({ readModels }) => readModels, "read model");
  const { applied } = await ask<{ applied: number }>(owner, "POST", "/rebuild", { readModel });
  console.log(`${readModel} of ${owner.id} was made anew from ${applied} events.`);
}

async function replay(topic: string): Promise<void> {
  const owner = await ownerOf(topic, ({ publishes }) => publishes, "topic");
  const { events } = await ask<{ events: number }>(owner, "POST", "/replay", { topic });
  console.log(`${owner.id} publishes the ${events} events of ${topic} again.`);
}

async function redrive(): Promise<void> {
  for (const service of services) {
    const { consumers } = await ask<{
      consumers: { consumer: string; applied: number; remaining: number }[];
    }>(service, "POST", "/redrive", {});
    for (const { consumer, applied, remaining } of consumers)
      console.log(`${consumer} of ${service.id}: ${applied} applied, ${remaining} still parked`);
  }
}

async function ownerOf(
  name: string,
  namesIn: (overview: Overview) => string[],
  what: string,
): Promise<Service> {
  const known: string[] = [];
  for (const service of services) {
    const names = namesIn(await ask<Overview>(service, "GET", ""));
    if (names.includes(name)) return service;
    known.push(...names);
  }
  throw new Error(`There is no ${what} ${name}. There are: ${known.join(", ")}.`);
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
