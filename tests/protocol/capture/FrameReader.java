import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.util.Base64;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.requests.RequestHeader;
import org.apache.kafka.common.requests.ResponseHeader;

/**
 * What Kafka's own classes read in frames. A line in: key, version, request and response in base64 ("-" for none).
 * A line out: {"clientId": ..., "request": ..., "unread": 0, "response": ...}. Record sets are told by their size.
 * Some clients send bytes after the request's end, which Kafka does not look at: "unread" of them.
 */
public class FrameReader {
    public static void main(String[] args) throws Exception {
        var lines = new BufferedReader(new InputStreamReader(System.in));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] words = line.split(" ");
            ApiMessageType type = ApiMessageType.fromApiKey(Short.parseShort(words[0]));
            short version = Short.parseShort(words[1]);
            ObjectNode out = new ObjectNode(JsonNodeFactory.instance);
            ByteBuffer asked = ByteBuffer.wrap(Base64.getDecoder().decode(words[2]));
            RequestHeader header = RequestHeader.parse(asked);
            out.put("clientId", header.clientId());
            out.set("request", read(type.newRequest(), asked, version));
            out.put("unread", asked.remaining());
            if (!words[3].equals("-")) {
                ByteBuffer answered = ByteBuffer.wrap(Base64.getDecoder().decode(words[3]));
                ResponseHeader.parse(answered, type.responseHeaderVersion(version));
                out.set("response", read(type.newResponse(), answered, version));
                if (answered.hasRemaining()) throw new Exception(answered.remaining() + " bytes left after a " + type);
            }
            System.out.println(out);
        }
    }

    private static JsonNode read(ApiMessage message, ByteBuffer bytes, short version) throws Exception {
        message.read(new ByteBufferAccessor(bytes), version);
        return (JsonNode) Class.forName(message.getClass().getName() + "JsonConverter")
            .getMethod("write", message.getClass(), short.class, boolean.class)
            .invoke(null, message, version, false);
    }
}
