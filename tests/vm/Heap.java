// Fills the heap, and prints in MiB how large it may be and how much of it was filled.
import java.util.ArrayList;
import java.util.List;

public class Heap {
	public static void main(String[] args) {
		List<byte[]> filled = new ArrayList<>();
		int count = 0;

		try {
			for (;;) {
				filled.add(new byte[1 << 20]);
				count++;
			}
		} catch (OutOfMemoryError e) {
			filled = null;
		}
		System.out.println(Runtime.getRuntime().maxMemory() / (1 << 20) + " " + count);
	}
}
