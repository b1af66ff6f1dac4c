export type JsonSchema = { [keyword: string]: unknown };

/**
 * One OpenAPI schema as a JSON schema that refuses fields it does not know, where an API server would drop them or warn.
 * Rules in CEL (`x-kubernetes-validations`) are left out: only an API server runs them.
 */
export function strictly(schema: JsonSchema): JsonSchema {
  if (schema["x-kubernetes-int-or-string"]) return { type: ["integer", "string"] };
  const result: JsonSchema = {};
  for (const keyword of [
    "type",
    "enum",
    "pattern",
    "minimum",
    "maximum",
    "minLength",
    "maxLength",
    "required",
  ])
    if (schema[keyword] !== undefined) result[keyword] = schema[keyword];
  for (const keyword of ["minItems", "maxItems", "minProperties", "maxProperties"])
    if (schema[keyword] !== undefined) result[keyword] = schema[keyword];
  if (typeof schema.$ref === "string")
    result.$ref = schema.$ref.replace("#/components/schemas/", "#/definitions/");
  // Go's way of saying that case does not matter from here on.
  if (typeof result.pattern === "string") result.pattern = result.pattern.replace(/\(\?i\)(.*)$/, "(?i:$1)");
  if (schema.nullable) result.type = [schema.type, "null"];
  if (schema.items) result.items = strictly(schema.items as JsonSchema);
  // Conditions beside the fields, which name a part of them: these must not refuse the others.
  for (const keyword of ["anyOf", "oneOf", "not"]) if (schema[keyword]) result[keyword] = schema[keyword];
  if (schema.allOf) result.allOf = (schema.allOf as JsonSchema[]).map(strictly);
  return { ...result, ...fields(schema) };
}

function fields(schema: JsonSchema): JsonSchema {
  const { properties, additionalProperties } = schema as {
    properties?: Record<string, JsonSchema>;
    additionalProperties?: JsonSchema | boolean;
  };
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true;
  const result: JsonSchema = {};
  if (properties)
    result.properties = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, strictly(property)]),
    );
  if (additionalProperties && additionalProperties !== true)
    result.additionalProperties = strictly(additionalProperties);
  else if (properties && !additionalProperties && !open) result.additionalProperties = false;
  return result;
}
