import { ask } from "./operator.ts";
import { readTopology } from "./topology.ts";

/** `npm run accounts`: what operators do with accounts. The gateway is asked through its own sidecar, so the shop must be running. */
const usage = `npm run accounts -- erase <e-mail address or account id>
  deletes the account and its sessions, and has every service blank what is personal: name, address, words.
  Orders and stars stay, without saying whose they were. This cannot be undone.`;

const gateway = readTopology(process.env).services.find(({ id }) => id === "gateway");

async function run([command, account]: string[]): Promise<void> {
  if (command !== "erase" || !account || !gateway) throw new Error(usage);
  const { accountId } = await ask<{ accountId: string }>(gateway, "POST", "/accounts/erase", { account });
  console.log(
    `Account ${accountId} is gone. The services blank what they keep of it as soon as they hear of it: \`npm run events\` shows whether one parked that event.`,
  );
}

try {
  await run(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}
