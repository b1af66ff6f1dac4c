import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv, type ValidateFunction } from "ajv";
import { repository } from "../state-folder.ts";
import type { JsonSchema } from "./strict-schema.ts";

export const schemaFolder = join(repository, "deploy", "kubernetes", "schemas");

export type Manifest = {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels?: Record<string, string> };
  [field: string]: unknown;
};

type SchemaFile = {
  source: string;
  schemas: Record<string, JsonSchema>;
  definitions?: Record<string, JsonSchema>;
};

const objectMeta = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/** What is wrong with a manifest by the schema of its kind, one line a fault; unknown kinds and fields are faults. */
export function openValidator(): (manifest: Manifest) => string[] {
  const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
  const validators = new Map<string, ValidateFunction>();
  const files = readdirSync(schemaFolder)
    .filter((name) => name.endsWith(".json") && name !== "dapr-annotations.json")
    .map((name) => JSON.parse(readFileSync(join(schemaFolder, name), "utf8")) as SchemaFile);
  const definitions = Object.assign({}, ...files.map((file) => file.definitions ?? {}));
  for (const { schemas } of files)
    for (const [kind, schema] of Object.entries(schemas))
      validators.set(kind, ajv.compile({ ...withMetadata(schema), definitions }));
  return (manifest) => {
    const kind = `${manifest.apiVersion}/${manifest.kind}`;
    const validate = validators.get(kind);
    if (!validate) return [`${kind} has no schema here (npm run kubernetes:schemas takes them)`];
    if (validate(manifest)) return [];
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath || "/"} ${message} ${JSON.stringify(params)}`,
    );
  };
}

/** A custom resource definition says of metadata only that it is an object; an API server checks it like any other. */
function withMetadata(schema: JsonSchema): JsonSchema {
  if (!schema.properties) return schema;
  return {
    ...schema,
    properties: { ...(schema.properties as JsonSchema), metadata: { $ref: `#/definitions/${objectMeta}` } },
  };
}
