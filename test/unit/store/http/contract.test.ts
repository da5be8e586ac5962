import { onTheWeb } from "../../../support/s3/subject.ts"
import { conforms } from "../../../support/store/conformance.ts"

conforms(onTheWeb)
