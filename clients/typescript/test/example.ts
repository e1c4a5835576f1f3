import { ApiError, Trunkline, Unsettled } from "../src/index";

const client = new Trunkline(); // or { url, key }; default: TRUNKLINE_URL and TRUNKLINE_KEY

const [offer] = await client.search({ country: "US", area_code: "415", limit: 3 });
if (!offer) throw new Error("no such number is for sale");
try {
  const bought = await client.buy({ offer: offer.offer, label: "front desk", key: "order-1042-from-my-database" });
  console.log(bought.number?.number, bought.purchase.state);
} catch (error) {
  if (error instanceof Unsettled) {
    console.log("trunkline is still asking the carrier; repeat later with", error.idempotencyKey);
  } else if (error instanceof ApiError) {
    console.log(error.kind, error.message, error.problem.errors);
  } else {
    throw error;
  }
}

for await (const number of client.numbers({ country: "US" })) {
  console.log(number.number, number.label);
}
