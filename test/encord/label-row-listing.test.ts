import { describe, expect, it } from "vitest";
import { InvalidArgumentsError } from "../../src/encord/errors.ts";
import { listingPayload } from "../../src/encord/label-row-listing.ts";

describe("the request for a listing of label rows", () => {
  it("holds every key, null for what is not given", () => {
    expect(listingPayload({})).toEqual({
      edited_before: null,
      edited_after: null,
      label_statuses: null,
      shadow_data_state: null,
      include_uninitialised_labels: true,
      data_hashes: null,
      label_hashes: null,
      data_title_eq: null,
      data_title_like: null,
      workflow_graph_node_title_eq: null,
      workflow_graph_node_title_like: null,
      include_client_metadata: false,
      include_images_data: false,
      include_children: false,
      include_workflow_graph_node: true,
      include_all_label_branches: false,
      branch_name: null,
    });
  });

  it("an empty list of hashes asks for nothing, which is not the same as not asking", () => {
    expect(listingPayload({ dataHashes: [], labelHashes: [] })).toMatchObject({
      data_hashes: [],
      label_hashes: [],
    });
  });

  it.each([
    [new Date("2025-06-01T00:00:00Z"), "2025-06-01T00:00:00+00:00"],
    [new Date("2025-06-01T10:20:30.045Z"), "2025-06-01T10:20:30.045000+00:00"],
    ["2025-06-01", "2025-06-01T00:00:00+00:00"],
    ["2025-05-01 10:00", "2025-05-01T10:00:00+00:00"],
    ["2025-05-01T10:00:00.5Z", "2025-05-01T10:00:00.500000+00:00"],
    ["2025-05-01T10:00:00+02:00", "2025-05-01T10:00:00+02:00"],
  ])("times are written as Python writes them: %s", (moment, expected) => {
    expect(listingPayload({ editedAfter: moment }).edited_after).toBe(expected);
  });

  it.each(["yesterday", "2025-13-01", "", new Date(Number.NaN)])(
    "what is no time is refused: %s",
    (moment) => {
      expect(() => listingPayload({ editedBefore: moment })).toThrow(InvalidArgumentsError);
      expect(() => listingPayload({ editedBefore: moment })).toThrow(/^editedBefore must be/);
    },
  );
});
